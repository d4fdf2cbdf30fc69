# Ordinary Linux programs, static, for both kernels: each folder with C files is one. And the root file system, whose
# recipe is user/rootfs/: Debian's busybox, a link for each of its applets, and these programs in /bin.

USER_PROGRAMS := $(filter-out demos,$(sort $(patsubst user/%/,%,$(dir $(wildcard user/*/*.c)))))
USER_BINARIES := $(USER_PROGRAMS:%=build/user/%)
USER_CFLAGS := -std=gnu11 -O2 -g -static -ffile-prefix-map=$(CURDIR)=. -Wall -Wextra -Iuser $(EXTRA_CFLAGS)
# What a program needs beyond that.
USER_FLAGS_hello := -nostdlib -ffreestanding -fno-stack-protector -Wl,--build-id=none

sources_of = $(sort $(wildcard user/$(1)/*.c))

$(USER_BINARIES): build/user/%: $$(call sources_of,$$*) $$(wildcard user/$$*/*.h user/tine/*.h) Makefile user/build.mk
	$(call say,USER,$@)
	@mkdir -p $(@D)
	$(Q)$(LINUX_CROSS)gcc $(USER_CFLAGS) $(USER_FLAGS_$*) -o $@ $(filter %.c,$^)

# The seams of fork (docs/seams.md): each file is a program, for Debian's root file system and dynamically linked.
DEMOS := $(basename $(notdir $(wildcard user/demos/*.c)))
DEMO_CFLAGS := $(filter-out -static,$(USER_CFLAGS)) -D_GNU_SOURCE -pthread -s

build/demos/%: user/demos/%.c user/demos/demo.h user/build.mk
	$(call say,USER,$@)
	@mkdir -p $(@D)
	$(Q)$(LINUX_CROSS)gcc $(DEMO_CFLAGS) -o $@ $<

ROOTFS_FILES := $(sort $(shell find user/rootfs -type f))

build/rootfs.cpio: $(ROOTFS_FILES) $(USER_BINARIES) $(BASE_DEBS) tools/cpio
	$(call say,ROOTFS,$@)
	$(Q)user/rootfs/make build/rootfs $(USER_BINARIES)
	$(Q)tools/cpio build/rootfs $@

# The same of Debian's own programs.
build/debian.cpio: $(shell find user/debian -type f) $(USER_BINARIES) $(DEMOS:%=build/demos/%) $(DEBIAN_DEBS) tools/cpio
	$(call say,ROOTFS,$@)
	$(Q)user/debian/make build/debs/debian build/debian $(USER_BINARIES)
	$(Q)mkdir build/debian/demos && cp $(DEMOS:%=build/demos/%) build/debian/demos
	$(Q)tools/cpio build/debian $@
