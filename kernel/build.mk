# The kernel: kernel/ and sbi/ in one image, and with PLACEMENT=mono the servers that libc/mono/build.mk makes ready for
# it. $(OUT)/tine.elf has the symbols, $(OUT)/tine.bin is what boots.

KERNEL_SOURCES := $(sort $(wildcard kernel/*.c kernel/riscv/*.[cS] kernel/$(PLACEMENT)/*.[cS] sbi/*.[cS]))
KERNEL_OBJECTS := $(patsubst %,$(KERNEL_OBJ)/%.o,$(basename $(KERNEL_SOURCES))) $(KERNEL_OBJ)/kernel/memcpy.o
# Inlining across files keeps the path of a message short without gathering it in one file.
# By the older numbering of the instruction set CSRs and fence.i belong to the base, so that one string serves to
# compile and to link, as -flto needs it.
KERNEL_ARCH := -misa-spec=2.2 -march=rv64imac -mabi=lp64 -mcmodel=medany
# Nobody calls the kernel but riscv/trap.S, which keeps all registers of user space itself. So no function owes its caller
# a register: saving s1 to s11 on the way of every message would be for nothing. (s0, which GCC would save all the same, is not
# used; nor is what libc/mono/build.mk leaves to the servers that call the kernel as a function.)
KERNEL_CALLS := $(foreach r,$(KERNEL_USES),-fcall-used-$(r)) -ffixed-s0 $(foreach r,$(KERNEL_LEAVES),-ffixed-$(r))
KERNEL_OPTIMIZE := -flto=auto -finline-limit=400 $(KERNEL_CALLS)
KERNEL_CFLAGS := $(NATIVE_CFLAGS) $(KERNEL_ARCH) $(KERNEL_OPTIMIZE) -ffreestanding -fno-tree-loop-distribute-patterns -I kernel/include -I kernel -I kernel/$(PLACEMENT) -I libc/micro -I . \
	-isystem build/debs/base/usr/include

$(KERNEL_OBJ)/kernel/%.o: kernel/%.c Makefile kernel/build.mk | $(BASE_DEBS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(KERNEL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

# The servers' copy: the C library's goes byte by byte where source and target are not aligned alike, which for the largest
# message is six times too long without a preemption point. Not part of the link-time optimization: calls to it appear there.
$(KERNEL_OBJ)/kernel/memcpy.o: libc/memcpy.c Makefile kernel/build.mk
	$(call say,CC,$< (kernel))
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(KERNEL_CFLAGS) -fno-lto $(DEPFLAGS) -c -o $@ $<

$(KERNEL_OBJ)/kernel/%.o: kernel/%.S Makefile kernel/build.mk
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(KERNEL_CFLAGS) $(DEPFLAGS) -c -o $@ $<

KERNEL_LINK = $(CROSS)gcc -O2 $(KERNEL_OPTIMIZE) -g -ffreestanding $(KERNEL_ARCH) $(PICOLIBC) -DPICOLIBC_INTEGER_PRINTF_SCANF -nostdlib -nostartfiles -static -Wl,--gc-sections -Wl,--build-id=none \
	-Wl,-Map=$(OUT)/tine.map -T $(KERNEL_OBJ)/image.lds

# Linked twice: the second time with the names of the functions that the first one placed, for back traces.
$(KERNEL_OBJ)/no_symbols.o: tools/symbols
	@mkdir -p $(@D)
	$(Q)tools/symbols > $(@:.o=.S)
	$(Q)$(CROSS)gcc $(COMPILE_ARCH) -c -o $@ $(@:.o=.S)

$(KERNEL_OBJ)/tine.1.elf: $(KERNEL_OBJ)/no_symbols.o $(KERNEL_OBJECTS) $(RESIDENT_OBJECTS) $(KERNEL_OBJ)/image.lds $(LIBFDT)
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) -o $@ $(KERNEL_OBJECTS) $(RESIDENT_OBJECTS) $(KERNEL_OBJ)/no_symbols.o $(LIBFDT) -lc -lgcc

$(KERNEL_OBJ)/symbols.o: $(KERNEL_OBJ)/tine.1.elf tools/symbols
	$(Q)tools/symbols $< > $(@:.o=.S)
	$(Q)$(CROSS)gcc $(COMPILE_ARCH) -c -o $@ $(@:.o=.S)

$(OUT)/tine.elf: $(KERNEL_OBJ)/symbols.o
	$(call say,LD,$@)
	$(Q)$(KERNEL_LINK) -o $@ $(KERNEL_OBJECTS) $(RESIDENT_OBJECTS) $(KERNEL_OBJ)/symbols.o $(LIBFDT) -lc -lgcc

$(OUT)/tine.bin: $(OUT)/tine.elf
	$(call say,IMAGE,$@)
	$(Q)$(CROSS)objcopy -O binary $< $@

-include $(KERNEL_OBJECTS:.o=.d)
