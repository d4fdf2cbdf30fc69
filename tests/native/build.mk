# Programs that speak to the kernel themselves, started by root instead of the system (boot argument tine.native=NAME):
# an image like build/tine.bin, whose boot archive holds them.

NATIVE := $(sort $(patsubst tests/native/%/main.c,%,$(wildcard tests/native/*/main.c)))
NATIVE_ELFS := $(NATIVE:%=build/native/%.elf)
NATIVE_OBJECTS := $(patsubst %.c,$(OBJ)/%.o,$(sort $(wildcard tests/native/*/*.c)))

$(OBJ)/tests/native/%.o: tests/native/%.c Makefile libc/build.mk tests/native/build.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(SERVER_CFLAGS) $(DEPFLAGS) -c -o $@ $<

native_objects = $(filter $(OBJ)/tests/native/$(1)/%,$(NATIVE_OBJECTS))

build/native/%.elf: $$(call native_objects,$$*) $(LIBC_OBJECTS) libc/server.lds
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(LINK_ARCH) $(PICOLIBC) -DPICOLIBC_INTEGER_PRINTF_SCANF -nostartfiles -static -Wl,--gc-sections \
		-Wl,--build-id=none -T libc/server.lds -o $@ $(filter %.o,$^)

build/native/boot.cpio: $(NATIVE_ELFS) tests/native/build.mk tools/cpio
	$(call say,CPIO,$@)
	@rm -rf build/native/boot && mkdir -p build/native/boot
	$(Q)for elf in $(filter %.elf,$^); do $(CROSS)strip -o build/native/boot/$$(basename $$elf .elf) $$elf; done
	$(Q)tools/cpio build/native/boot $@

$(KERNEL_OBJ)/native/embed.o: sbi/embed.S build/root.bin build/native/boot.cpio
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(COMPILE_ARCH) -DBOOT_ARCHIVE='"build/native/boot.cpio"' -c -o $@ $<

NATIVE_KERNEL := $(filter-out $(KERNEL_OBJ)/sbi/embed.o,$(KERNEL_OBJECTS)) $(KERNEL_OBJ)/native/embed.o
NATIVE_LINK = $(KERNEL_LINK) -Wl,-Map=$(OUT)/tine-native.map

# As kernel/build.mk: twice, for the names in back traces.
$(KERNEL_OBJ)/native/tine.1.elf: $(KERNEL_OBJ)/no_symbols.o $(NATIVE_KERNEL) $(RESIDENT_OBJECTS) $(KERNEL_OBJ)/image.lds $(LIBFDT)
	$(call say,LD,$@)
	$(Q)$(NATIVE_LINK) -o $@ $(NATIVE_KERNEL) $(RESIDENT_OBJECTS) $(KERNEL_OBJ)/no_symbols.o $(LIBFDT) -lc -lgcc

$(KERNEL_OBJ)/native/symbols.o: $(KERNEL_OBJ)/native/tine.1.elf tools/symbols
	$(Q)tools/symbols $< > $(@:.o=.S)
	$(Q)$(CROSS)gcc $(COMPILE_ARCH) -c -o $@ $(@:.o=.S)

$(OUT)/tine-native.elf: $(KERNEL_OBJ)/native/symbols.o
	$(call say,LD,$@)
	$(Q)$(NATIVE_LINK) -o $@ $(NATIVE_KERNEL) $(RESIDENT_OBJECTS) $< $(LIBFDT) -lc -lgcc

$(OUT)/tine-native.bin: $(OUT)/tine-native.elf
	$(call say,IMAGE,$@)
	$(Q)$(CROSS)objcopy -O binary $< $@

-include $(NATIVE_OBJECTS:.o=.d)

QEMU_BARE := -M virt -m 256M -smp 1 -nographic -no-reboot

.PHONY: native-hostile native-ipc
native-hostile: $(OUT)/tine-native.bin ## the hostile native client against the kernel's interface, and a fuzzer
	$(Q)timeout 300 $(QEMU) $(QEMU_BARE) -kernel $< -append "tine.native=hostile $(APPEND)"

native-ipc: $(OUT)/tine-native.bin ## what a call and its reply between two address spaces cost, in instructions
	$(Q)timeout 60 $(QEMU) $(QEMU_BARE) -icount shift=0,sleep=off -kernel $< -append "tine.native=ipc"

# tests/system/test_native.py runs both.
test-system: $(OUT)/tine-native.bin
