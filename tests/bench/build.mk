# Benchmarks: one ordinary Linux program, the same file on both kernels, under the same QEMU with exact counting.

# And what loads a program into an embryo.
BENCH_SOURCES := $(wildcard tests/bench/*.c) user/embryo/load.c
BENCH_DIR := build/bench

$(BENCH_DIR)/bench: $(BENCH_SOURCES) tests/bench/bench.h user/embryo/load.h $(wildcard user/tine/*.h)
	@mkdir -p $(@D)
	$(LINUX_CROSS)gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -static -pthread -Iuser -Iuser/embryo -o $@ $(BENCH_SOURCES)

$(BENCH_DIR)/tiny: tests/bench/tiny.S
	@mkdir -p $(@D)
	$(LINUX_CROSS)gcc -nostdlib -static -Wl,--build-id=none -o $@ $<

build/bench.cpio: build/rootfs.cpio $(BENCH_DIR)/bench $(BENCH_DIR)/tiny tests/system/cpio.py
	$(HOST_PYTHON) tests/system/cpio.py $@ $< /bench/run=$(BENCH_DIR)/bench /bench/tiny=$(BENCH_DIR)/tiny

.PHONY: bench-linux bench-tine
bench-linux: build/bench.cpio build/linux/Image
	$(HOST_PYTHON) tests/bench/measure.py build/linux/Image build/bench.cpio $(BENCH_DIR)/linux.txt

bench-tine: build/bench.cpio build/tine.bin
	$(HOST_PYTHON) tests/bench/measure.py build/tine.bin build/bench.cpio $(BENCH_DIR)/tine.txt

bench: bench-linux bench-tine ## exact costs on Tine and on Debian's Linux; writes build/bench/table.md
	@$(HOST_PYTHON) tests/bench/table.py $(BENCH_DIR)/linux.txt $(BENCH_DIR)/tine.txt $(BENCH_DIR)/table.md
	@cat $(BENCH_DIR)/table.md
