# PLACEMENT=mono: the servers that are linked into the kernel, from the same sources as ever. Each is first linked for itself,
# with its own copy of libc/ and of the C library, and all its names but main are made local.

RESIDENTS := proc vfs
RESIDENT_OBJECTS := $(RESIDENTS:%=$(OUT)/obj/%.o)
# An operation costs a resident the registers that the kernel uses (door.h), so that it uses three: with more it would gain
# nothing, and the servers would save them in vain.
KERNEL_USES := s1 s2 s3
KERNEL_LEAVES := s4 s5 s6 s7 s8 s9 s10 s11

# $(1): the server.
resident_cflags = $(subst -I libc/micro,-I libc/mono,$(SERVER_CFLAGS)) \
	-DSERVER_WINDOW=RESIDENT_WINDOW_$(1) -DSERVER_WINDOW_GIB=RESIDENT_GIB_$(1)
resident_sources = $(sort $(wildcard servers/$(1)/*.[cS] libc/*.c))
resident_objects = $(patsubst %,$(OUT)/obj/$(1)/%.o,$(basename $(call resident_sources,$(1))))

define resident
$(OUT)/obj/$(1)/%.o: %.c Makefile libc/build.mk libc/mono/build.mk | $(BASE_DEBS)
	$$(call say,CC,$$< ($(1)))
	@mkdir -p $$(@D)
	$$(Q)$(CROSS)gcc $$(call resident_cflags,$(1)) -iquote $$(<D) $$(DEPFLAGS) -c -o $$@ $$<

$(OUT)/obj/$(1)/%.o: %.S Makefile libc/build.mk libc/mono/build.mk
	$$(call say,AS,$$<)
	@mkdir -p $$(@D)
	$$(Q)$(CROSS)gcc $$(call resident_cflags,$(1)) -iquote $$(<D) $$(DEPFLAGS) -c -o $$@ $$<

$(OUT)/obj/$(1).o: $(call resident_objects,$(1)) $(LIBZ) libc/mono/resident.lds
	$$(call say,LD,$$@)
	$$(Q)$(CROSS)gcc $(LINK_ARCH) $(PICOLIBC) -r -nostdlib -nostartfiles -Wl,--gc-sections -Wl,-e,main \
		-T libc/mono/resident.lds -o $$@ $$(filter %.o,$$^) $(LIBZ) -lc -lgcc
	$$(Q)$(CROSS)objcopy --redefine-sym main=$(1)_main --keep-global-symbol=$(1)_main $$@

-include $(patsubst %.o,%.d,$(call resident_objects,$(1)))
endef

$(foreach r,$(RESIDENTS),$(eval $(call resident,$(r))))

$(OUT)/obj/proc/servers/proc/vdso_image.o: build/vdso.so
