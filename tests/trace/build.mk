# make trace: a command on the kernel that is measured, seen from outside by a plugin of QEMU's.

TRACE_DIR := build/trace
# What QEMU before 9 calls its plugin interface, and since.
PLUGIN_VERSION = $(shell $(QEMU) --version 2> /dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p' | awk '{ print $$1 < 9 ? 1 : 2 }')
CMD := forklab --rounds 1 --most 1M size
RUNS := 2

$(TRACE_DIR)/%.so: tests/trace/%.c
	@mkdir -p $(@D)
	gcc -shared -fPIC -O2 -Wall -Wextra -Wno-unused-parameter -fvisibility=hidden -DPLUGIN_VERSION=$(PLUGIN_VERSION) -o $@ $<

$(TRACE_DIR)/run: tests/trace/run.c
	@mkdir -p $(@D)
	$(LINUX_CROSS)gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -static -o $@ $<

.PHONY: trace
trace: build/tine.bin build/rootfs.cpio $(TRACE_DIR)/hops.so $(TRACE_DIR)/run ## each trap, message, map operation of CMD='...' in build/trace/: for Perfetto, as text, its fork by hops
	@printf '%s\n' '$(subst ','\'',$(CMD))' > $(TRACE_DIR)/command
	@$(HOST_PYTHON) tests/system/cpio.py $(TRACE_DIR)/initrd.cpio build/rootfs.cpio /trace/run=$(TRACE_DIR)/run /trace/command=$(TRACE_DIR)/command
	@$(HOST_PYTHON) tests/trace/trace.py --kernel build/tine.elf --image build/tine.bin --servers build/servers \
		--initrd $(TRACE_DIR)/initrd.cpio --plugin $(TRACE_DIR)/hops.so --folder $(TRACE_DIR) --runs $(RUNS) '$(subst ','\'',$(CMD))'

STRETCH := $(HOST_PYTHON) tests/trace/stretch.py --plugin $(TRACE_DIR)/stretch.so

.PHONY: stretch
stretch: build/tine.bin build/tine-native.bin build/tests.cpio $(TRACE_DIR)/stretch.so ## how long the kernel goes on without asking for interrupts, at most
	@$(HOST_PYTHON) tests/system/cpio.py $(TRACE_DIR)/stretch.cpio build/tests.cpio /trace/stretch.sh=tests/trace/stretch.sh
	@$(STRETCH) --kernel build/tine.elf --image build/tine.bin --initrd $(TRACE_DIR)/stretch.cpio
	@$(STRETCH) --kernel build/tine-native.elf --image build/tine-native.bin --append tine.native=hostile --end "tests done" --memory 256M

.PHONY: test-tools
test-tools: build/tine.bin build/tine-native.bin build/rootfs.cpio build/tests.cpio $(TRACE_DIR)/hops.so $(TRACE_DIR)/stretch.so $(TRACE_DIR)/run ## tests of what measures: the benchmark's table and plots, the trace
	PYTHONDONTWRITEBYTECODE=1 $(HOST_PYTHON) -m pytest -q -p no:cacheprovider --timeout 300 --ignore tests/bench/browser tests/bench tests/trace
