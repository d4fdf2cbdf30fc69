# Boot entry, firmware calls, device tree; linked with kernel/ (kernel/build.mk).

$(KERNEL_OBJ)/sbi/%.o: sbi/%.c Makefile kernel/build.mk sbi/build.mk | $(BASE_DEBS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(KERNEL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

$(KERNEL_OBJ)/sbi/%.o: sbi/%.S Makefile kernel/build.mk sbi/build.mk
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(KERNEL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

# The first task and the archive of the servers lie in the image.
$(KERNEL_OBJ)/sbi/embed.o: build/root.bin $(OUT)/boot.cpio
$(KERNEL_OBJ)/sbi/embed.o: private KERNEL_CFLAGS += -DBOOT_ARCHIVE='"$(OUT)/boot.cpio"'

# The link script takes its addresses from kernel/riscv/layout.h.
$(KERNEL_OBJ)/image.lds: sbi/image.lds kernel/riscv/layout.h kernel/riscv/offsets.h
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -E -P -x c -D__ASSEMBLER__ -I kernel -o $@ $<
