# System tests: programs for the guest, the archive that carries them, and the targets that run them.
# test-system runs on Tine; test-on-linux runs the same tests on Debian's Linux and so tests the tests.

LINUX_CC ?= riscv64-linux-gnu-gcc
PYTHON ?= /usr/bin/python3
LINUX_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -static -Iuser
TEST_PROGRAMS := $(filter-out check,$(basename $(notdir $(wildcard tests/system/programs/*.c))))
TEST_BINARIES := $(TEST_PROGRAMS:%=build/tests/bin/%)
PYTEST := PYTHONDONTWRITEBYTECODE=1 TINE_PLACEMENT=$(PLACEMENT) $(PYTHON) -m pytest -q -p no:cacheprovider -n 2 \
	--dist loadfile --timeout 300
# What the other placement is tried with each time: everything that is about where a server runs, and much that is not.
# `make test PLACEMENT=mono` runs all there is.
TESTS_OF_MONO := $(patsubst %,tests/system/test_%.py,restart fork exec native signals wait netns mountns ipc)

build/tests/bin/%: tests/system/programs/%.c tests/system/programs/check.c tests/system/programs/check.h \
		$(wildcard user/tine/*.h)
	@mkdir -p $(@D)
	$(LINUX_CC) $(LINUX_CFLAGS) -o $@ $< tests/system/programs/check.c

build/tests.cpio: build/rootfs.cpio $(TEST_BINARIES) tests/system/cpio.py
	$(PYTHON) tests/system/cpio.py $@ $< $(foreach p,$(TEST_PROGRAMS),/tests/$(p)=build/tests/bin/$(p))

# The demos once more, with musl in the place of glibc.
MUSL := build/debs/musl/usr
MUSL_LIB := $(MUSL)/lib/riscv64-linux-musl
MUSL_DEBS := build/debs/musl/.packages
MUSL_LOADER := ld-musl-riscv64.so.1
MUSL_DEMOS := $(patsubst user/demos/%.c,build/demos/musl/%,$(wildcard user/demos/*.c))

$(MUSL_DEBS): tools/debs tests/system/build.mk
	$(call say,FETCH,musl)
	$(Q)tools/debs -s "forky sid" build/debs/musl musl musl-dev > build/debs/musl.log

build/demos/musl/%: user/demos/%.c user/demos/demo.h tests/system/build.mk user/build.mk | $(MUSL_DEBS)
	@mkdir -p $(@D)
	$(LINUX_CC) $(DEMO_CFLAGS) -nostdinc -isystem $(MUSL)/include/riscv64-linux-musl -nostdlib -nostartfiles \
		-Wl,-dynamic-linker,/lib/$(MUSL_LOADER) -o $@ $(MUSL_LIB)/Scrt1.o $(MUSL_LIB)/crti.o $< -L$(MUSL_LIB) -lc -lgcc \
		$(MUSL_LIB)/crtn.o

# Debian's root file system with the scripts of tests/system/debian.
DEBIAN_SCRIPTS := $(sort $(wildcard tests/system/debian/*/*.sh tests/system/debian/*/*.py))
build/debian-tests.cpio: build/debian.cpio $(TEST_BINARIES) $(DEBIAN_SCRIPTS) $(MUSL_DEMOS) \
		tests/system/cpio.py
	$(PYTHON) tests/system/cpio.py $@ $< $(foreach p,$(TEST_PROGRAMS),/tests/$(p)=build/tests/bin/$(p)) \
		$(foreach s,$(DEBIAN_SCRIPTS),$(s:tests/system/debian/%=/tests/%)=$(s)) \
		$(foreach d,$(MUSL_DEMOS),$(d:build/%=/%)=$(d)) /usr/lib/$(MUSL_LOADER)=$(MUSL)/lib/$(MUSL_LOADER)

# The same with CPython's test suite, of the version that Debian's root file system has: Debian's package, unchanged.
CPYTHON_DEBS := build/debs/cpython/.packages

$(CPYTHON_DEBS): $(DEBIAN_DEBS) tools/debs tests/system/build.mk
	$(call say,FETCH,the test suite of CPython)
	$(Q)tools/debs -s "forky sid" build/debs/cpython \
		$$(sed -n 's/^\(libpython3\.[0-9]*\)-stdlib .*/\1-testsuite/p' $<) > build/debs/cpython.log

build/cpython-tests.cpio: build/debian-tests.cpio $(CPYTHON_DEBS) tests/system/cpython/run.py tests/system/cpio.py
	$(PYTHON) tests/system/cpio.py $@ $< /usr/lib=build/debs/cpython/usr/lib /tests/run.py=tests/system/cpython/run.py

# No part of the daily run.
TESTS_THAT_LAST := $(wildcard tests/system/test_*_long.py)
TEST_ARCHIVES := build/tests.cpio build/debian-tests.cpio build/cpython-tests.cpio

.PHONY: test-system test-harts test-debian test-on-linux test-programs
test-programs: $(TEST_BINARIES)

test-system: $(OUT)/tine.bin $(TEST_ARCHIVES) build/sdcard-visionfive2.img ## the system tests, on Tine in QEMU
	$(PYTEST) tests/system $(TESTS_THAT_LAST:%=--ignore %)

# Tests about several harts (test_harts.py) run each time; this is all the others on that many.
test-harts: $(OUT)/tine.bin $(OUT)/tine-native.bin $(TEST_ARCHIVES) build/sdcard-visionfive2.img ## the system tests on several harts: SMP=2, 4 (if it is not said), 8
	TINE_HARTS=$(if $(filter 1,$(SMP)),4,$(SMP)) $(PYTEST) tests/system $(TESTS_THAT_LAST:%=--ignore %)

test-debian: $(OUT)/tine.bin build/debian-tests.cpio build/cpython-tests.cpio ## Debian's own programs alone, those that take minutes among them
	$(PYTEST) --timeout 1800 tests/system/test_debian_*.py tests/system/test_cpython*.py

test-mono: ## some of the system tests with proc and vfs in the kernel
	@$(MAKE) --no-print-directory PLACEMENT=mono test-mono-run

.PHONY: test-mono test-mono-run
test-mono-run: $(OUT)/tine.bin $(OUT)/tine-native.bin build/tests.cpio
	$(PYTEST) $(TESTS_OF_MONO)

test-on-linux: build/linux/Image $(TEST_ARCHIVES) ## the same system tests on Debian's Linux: tests the tests
	TINE_REFERENCE=linux TINE_KERNEL=build/linux/Image $(PYTEST) tests/system $(TESTS_THAT_LAST:%=--ignore %)
