# Tine. `make help` lists what one can ask for. Everything that is made goes into build/.
#
# Each folder says in its build.mk what it makes; sources are found by wildcard, so a new file needs no line anywhere.

.DEFAULT_GOAL := image
SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.SECONDEXPANSION:
.DELETE_ON_ERROR:
.SECONDARY:

CROSS := riscv64-unknown-elf-
LINUX_CROSS := riscv64-linux-gnu-
HOST_PYTHON := /usr/bin/python3
OBJ := build/obj
# Where proc and vfs run: `micro`, each in an address space of its own, or `mono`, both in the kernel's. What depends on it
# goes into OUT, so that both can be there at once.
PLACEMENT := micro
OUT_micro := build
OUT_mono := build/mono
OUT := $(or $(OUT_$(PLACEMENT)),$(error PLACEMENT is micro or mono))
KERNEL_OBJ := $(OUT)/obj

# Compiled for the extensions that the CSR and fence.i instructions need by name; linked by the plain string, which is
# the one that GCC's table of libraries knows.
COMPILE_ARCH := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany
LINK_ARCH := -march=rv64imac -mabi=lp64 -mcmodel=medany
PICOLIBC := --specs=picolibc.specs --picolibc-buildtype=release

WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wstrict-prototypes -Wmissing-prototypes
# EXTRA_CFLAGS=-Werror is what the automatic build adds.
EXTRA_CFLAGS ?=
NATIVE_CFLAGS := -std=gnu11 -O2 -g -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables \
	-ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=. $(COMPILE_ARCH) \
	$(PICOLIBC) $(WARNINGS) $(EXTRA_CFLAGS)
DEPFLAGS = -MMD -MP -MF $(@:.o=.d)
# Archives and images hold no time of making: two builds of one commit are equal.
export SOURCE_DATE_EPOCH := 0
export LC_ALL := C

# Verbose with V=1.
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(2)")

# tools/ first: the others name what it fetches. Then what the placement is about.
FIRST := tools/build.mk libc/$(PLACEMENT)/build.mk
FRAGMENTS := $(FIRST) $(filter-out $(FIRST),$(sort $(wildcard */build.mk tests/*/build.mk)))
include $(FRAGMENTS)

.PHONY: help image run gdb test test-unit test-system bench linux check clean deps kernel servers rootfs debian
help: ## what one can ask for
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' Makefile $(FRAGMENTS) | \
		sort | awk -F'\t' '{ printf "make %-16s %s\n", $$1, $$2 }'

image: $(OUT)/tine.bin build/rootfs.cpio ## the kernel with its servers, and the root file system; all this with PLACEMENT=mono, too
	@:
kernel: $(OUT)/tine.bin ## build/tine.bin alone; with PLACEMENT=mono build/mono/tine.bin
servers: $(SERVER_ELFS) ## the native servers alone
rootfs: build/rootfs.cpio ## the root file system alone
debian: build/debian.cpio ## the one of Debian's own programs: bash, coreutils, python3, redis, ...

# ---- running ----

QEMU := qemu-system-riscv64
# busybox or debian: what is in the root file system, and how much memory is right for it.
ROOT := busybox
INITRD_busybox := build/rootfs.cpio
INITRD_debian := build/debian.cpio
MEMORY_busybox := 512M
MEMORY_debian := 1G
INITRD := $(INITRD_$(ROOT))
MEMORY := $(MEMORY_$(ROOT))
SMP := 1
APPEND := console=ttyS0
QEMU_FLAGS = -M virt -m $(MEMORY) -smp $(SMP) -no-reboot -global virtio-mmio.force-legacy=false \
	-kernel $(OUT)/tine.bin -initrd $(INITRD) -append "$(APPEND)"

run: deps ## build it and work in it: Ctrl-A x leaves QEMU, `poweroff -f` or Ctrl-D ends the machine
	@$(MAKE) --no-print-directory image
	@echo "QEMU: Ctrl-A x leaves, Ctrl-A h lists more"
	@exec $(QEMU) -nographic $(QEMU_FLAGS)

gdb: deps ## the same under the debugger, stopped in kernel_main with symbols
	@$(MAKE) --no-print-directory image
	@tools/gdb $(OUT)/tine.elf $(QEMU) $(QEMU_FLAGS)

# ---- testing ----

test: deps ## all tests; the last line is `N passed, N failed`
	@tools/total "$(MAKE) --no-print-directory test-unit" "$(MAKE) --no-print-directory test-tools" \
		"$(MAKE) --no-print-directory test-fuzz" \
		"$(MAKE) --no-print-directory test-system" \
		$(if $(filter micro,$(PLACEMENT)),"$(MAKE) --no-print-directory test-mono")

check: deps ## what static analysis finds: clang-tidy, cppcheck
	@tools/check

# ---- the rest ----

deps: ## install the Debian or Ubuntu packages that are missing
	@tools/deps

linux: build/linux/Image ## Debian's kernel, to compare with
build/linux/Image:
	$(Q)tools/linux $@

clean: ## forget everything made but the packages fetched (those: rm -r build)
	rm -rf $(filter-out build/debs build/linux,$(wildcard build/*))
