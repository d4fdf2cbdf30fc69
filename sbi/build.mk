# Boot entry, firmware calls, device tree; linked with kernel/ (kernel/build.mk).

$(KERNEL_OBJ)/sbi/%.o: sbi/%.c Makefile kernel/build.mk sbi/build.mk | $(BASE_DEBS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(KERNEL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

$(KERNEL_OBJ)/sbi/%.o: sbi/%.S Makefile kernel/build.mk sbi/build.mk
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(KERNEL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

# Images for boards: sbi/boards/BOARD/ holds the boot loader's files, which go to the third partition as they are, beside
# Image, initrd.cpio and the board's device tree.
BOARD ?= visionfive2
SDCARD := build/sdcard-$(BOARD).img

.PHONY: sdcard flash-check
sdcard: $(SDCARD) ## build/sdcard-BOARD.img for BOARD=visionfive2, and the line that writes it
	@tools/flash-check $<
	@echo "To write it (X is the card; look twice): sudo dd if=$< of=/dev/sdX bs=4M conv=fsync status=progress"

$(SDCARD): build/tine.bin build/rootfs.cpio build/$(BOARD).dtb $(shell find sbi/boards -type f) tools/disk
	$(call say,DISK,$@)
	$(Q)rm -rf build/sdcard && cp -r sbi/boards/$(BOARD) build/sdcard
	$(Q)cp build/tine.bin build/sdcard/Image && cp build/rootfs.cpio build/sdcard/initrd.cpio
	$(Q)cp build/$(BOARD).dtb build/sdcard/$(BOARD).dtb
	$(Q)tools/disk build/sdcard $@

flash-check: ## looks at build/sdcard-BOARD.img, or CARD=/dev/sdX, before or after it was written
	@tools/flash-check $(or $(CARD),$(SDCARD))

# The first task and the archive of the servers lie in the image.
$(KERNEL_OBJ)/sbi/embed.o: build/root.bin $(OUT)/boot.cpio
$(KERNEL_OBJ)/sbi/embed.o: private KERNEL_CFLAGS += -DBOOT_ARCHIVE='"$(OUT)/boot.cpio"'

# The link script takes its addresses from kernel/riscv/layout.h.
$(KERNEL_OBJ)/image.lds: sbi/image.lds kernel/riscv/layout.h kernel/riscv/offsets.h
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -E -P -x c -D__ASSEMBLER__ -I kernel -o $@ $<
