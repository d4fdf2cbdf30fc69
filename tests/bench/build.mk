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

$(BENCH_DIR)/dynamic: tests/bench/dynamic.S
	@mkdir -p $(@D)
	$(LINUX_CROSS)gcc -o $@ $<

# The linker and library that the cross compiler links against.
DYNAMIC_LINKER := ld-linux-riscv64-lp64d.so.1
DYNAMIC_FILES := $(foreach f,$(DYNAMIC_LINKER) libc.so.6,/lib/$f=$(realpath $(shell $(LINUX_CROSS)gcc -print-file-name=$f)))

build/bench.cpio: build/rootfs.cpio $(addprefix $(BENCH_DIR)/,bench tiny dynamic) tests/system/cpio.py
	$(HOST_PYTHON) tests/system/cpio.py $@ $< /bench/run=$(BENCH_DIR)/bench /bench/tiny=$(BENCH_DIR)/tiny \
		/bench/dynamic=$(BENCH_DIR)/dynamic $(DYNAMIC_FILES)

# What a run prints depends on nothing but its files, so it is repeated only if one of them has changed. Consoles are
# BENCH_DIR/KIND-SYSTEM.txt; the benchmark proper is BENCH_DIR/SYSTEM.txt.
BENCH_SYSTEMS := linux mono micro
KERNEL_linux := build/linux/Image
KERNEL_mono := build/mono/tine.bin
KERNEL_micro := build/tine.bin
MEASURE := $(HOST_PYTHON) tests/bench/measure.py
BENCH_CONSOLES := $(BENCH_SYSTEMS:%=$(BENCH_DIR)/%.txt) $(BENCH_SYSTEMS:%=$(BENCH_DIR)/debian-%.txt) $(BENCH_SYSTEMS:%=$(BENCH_DIR)/capacity-%.txt) \
	$(BENCH_SYSTEMS:%=$(BENCH_DIR)/forklab-%.txt) $(BENCH_DIR)/native.txt
BENCH_PLOTS := $(addprefix $(BENCH_DIR)/,size_fork.svg size_fork_exit_wait.svg regions_fork.svg threads_fork.svg written.svg)

# The kernel of the other placement than the one asked for is made by a make of its own.
ifeq ($(PLACEMENT),micro)
build/mono/tine.bin: FORCE
	@$(MAKE) --no-print-directory PLACEMENT=mono kernel
else
build/tine.bin build/tine-native.bin: FORCE
	@$(MAKE) --no-print-directory PLACEMENT=micro $@
endif
.PHONY: FORCE
FORCE:

$(BENCH_SYSTEMS:%=$(BENCH_DIR)/%.txt): $(BENCH_DIR)/%.txt: build/bench.cpio $$(KERNEL_$$*) tests/bench/measure.py
	$(call say,BENCH,$@)
	$(Q)$(MEASURE) $(KERNEL_$*) $< $@

$(BENCH_DIR)/capacity-%.txt: build/bench.cpio $$(KERNEL_$$*) tests/bench/measure.py
	$(call say,BENCH,$@)
	$(Q)$(MEASURE) --memory 512M --init "/bench/run footprint capacity" $(KERNEL_$*) $< $@

build/bench-debian.cpio: build/debian.cpio $(BENCH_DIR)/bench tests/system/cpio.py
	$(HOST_PYTHON) tests/system/cpio.py $@ $< /bench/run=$(BENCH_DIR)/bench

$(BENCH_DIR)/debian-%.txt: build/bench-debian.cpio $$(KERNEL_$$*) tests/bench/measure.py
	$(call say,BENCH,$@)
	$(Q)$(MEASURE) --init "/bench/run debian" $(KERNEL_$*) $< $@

$(BENCH_DIR)/forklab-%.txt: build/rootfs.cpio $$(KERNEL_$$*) tests/bench/measure.py
	$(call say,BENCH,$@)
	$(Q)$(MEASURE) --init "/bin/forklab --csv --most 1G --rounds 4" --end "forklab done" $(KERNEL_$*) $< $@

# IPC between two servers is the kernel's own figure, on a kernel with nothing else.
$(BENCH_DIR)/native.txt: build/tine-native.bin
	$(call say,BENCH,$@)
	$(Q)$(MAKE) --no-print-directory -s PLACEMENT=micro native-ipc > $@.new
	$(Q)grep -q '^bench' $@.new && mv $@.new $@

$(BENCH_DIR)/table.md: $(BENCH_CONSOLES) tests/bench/table.py tests/bench/raw.py
	@$(HOST_PYTHON) tests/bench/table.py $(BENCH_DIR) $@

$(BENCH_PLOTS) &: $(BENCH_CONSOLES) tests/bench/plots.py tests/bench/plots.gp tests/bench/raw.py
	$(call say,PLOT,$(BENCH_DIR)/*.svg)
	$(Q)$(HOST_PYTHON) tests/bench/plots.py $(BENCH_DIR)
	$(Q)gnuplot -e "folder='$(BENCH_DIR)'" tests/bench/plots.gp

.PHONY: bench-linux bench-tine forklab-16g scaling bench-strategies
bench-linux: $(BENCH_DIR)/linux.txt
bench-tine: $(BENCH_DIR)/micro.txt ## the benchmark on Tine alone: build/bench/micro.txt

bench: $(BENCH_DIR)/table.md $(BENCH_PLOTS) ## exact costs on Debian's Linux and Tine mono and micro; build/bench/: lines, table, plots
	@cat $(BENCH_DIR)/table.md

STRATEGIES := auto tree nodes entries frames
GROUPS_THAT_FORK := fork_0 fork_1 fork_4 fork_16 fork_64 fork_1024 write_after_fork cow idle clone vfork exec_tiny spawn_tiny exec_dynamic \
	exec_busybox shell huge_64

$(STRATEGIES:%=$(BENCH_DIR)/strategy-%.txt): $(BENCH_DIR)/strategy-%.txt: build/bench.cpio build/tine.bin tests/bench/measure.py
	$(call say,BENCH,$@)
	$(Q)$(MEASURE) --environment strategy=$* --init "/bench/run $(GROUPS_THAT_FORK)" build/tine.bin $< $@

bench-strategies: $(STRATEGIES:%=$(BENCH_DIR)/strategy-%.txt) ## every row that forks, by each strategy; fails where auto is not the best
	@$(HOST_PYTHON) tests/bench/strategies.py $(BENCH_DIR) $(BENCH_DIR)/strategies.md

scaling: build/tine.bin build/linux/Image build/bench.cpio build/trace/stretch.so ## forks and round trips a second on 1, 2 and 4 harts, and what share is in the kernel
	@$(HOST_PYTHON) tests/bench/scaling.py --kernel build/tine.elf --image build/tine.bin --linux build/linux/Image \
		--plugin build/trace/stretch.so --initrd build/bench.cpio

# The trace is that of a command whose last fork is of a small program.
.PHONY: report test-report
report: bench ## build/bench/report.html: one page with all of it, and the timeline of one fork
	@$(MAKE) --no-print-directory trace CMD="forklab --nothing" RUNS=2
	@$(HOST_PYTHON) tests/bench/report.py $(BENCH_DIR) build/trace/fork.json $(BENCH_DIR)/report.html
	@echo $(BENCH_DIR)/report.html

test-report: report ## looks at the report in a headless browser
	PYTHONDONTWRITEBYTECODE=1 $(HOST_PYTHON) -m pytest -q -p no:cacheprovider --timeout 300 tests/bench/browser

# Databases fork at this size. Long: some minutes, and 20 GiB of the host's memory.
forklab-16g: $(BENCH_SYSTEMS:%=$(BENCH_DIR)/forklab16g-%.txt) ## fork cost up to 16 GiB resident, on all three; takes long
	@grep -h '^size,' $^

$(BENCH_DIR)/forklab16g-%.txt: build/rootfs.cpio $$(KERNEL_$$*) tests/bench/measure.py
	$(call say,BENCH,$@)
	$(Q)$(MEASURE) --memory 20G --seconds 7200 --init "/bin/forklab --csv --most 17G --rounds 2 size" --end "forklab done" \
		$(KERNEL_$*) $< $@
