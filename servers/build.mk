# The native servers: each folder with a main.c is one. servers/root is the first task, flat in the image; the others
# lie in boot.cpio by their names, stripped, but for RESIDENTS, which are part of the kernel (libc/mono/build.mk).

SERVERS := $(sort $(patsubst servers/%/main.c,%,$(wildcard servers/*/main.c)))
SERVER_ELFS := $(SERVERS:%=build/servers/%.elf)
SERVER_SOURCES := $(sort $(foreach s,$(SERVERS),$(wildcard servers/$(s)/*.[cS])))
SERVER_OBJECTS := $(patsubst %,$(OBJ)/%.o,$(basename $(SERVER_SOURCES)))

# Each at its own address, for the sake of debuggers and profiles; root where libc/layout.h tells the kernel.
BASE_root := 0x10000
BASE_proc := 0x2000000
BASE_vfs := 0x4000000
BASE_console := 0x6000000

$(OBJ)/servers/%.o: servers/%.c Makefile libc/build.mk servers/build.mk | $(BASE_DEBS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(SERVER_CFLAGS) -iquote $(<D) $(DEPFLAGS) -c -o $@ $<

$(OBJ)/servers/%.o: servers/%.S Makefile libc/build.mk servers/build.mk
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(SERVER_CFLAGS) -iquote $(<D) $(DEPFLAGS) -c -o $@ $<

objects_of = $(filter $(OBJ)/servers/$(1)/%,$(SERVER_OBJECTS))

build/servers/%.elf: $$(call objects_of,$$*) $(LIBC_OBJECTS) $(LIBFDT) $(LIBZ) libc/server.lds
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(LINK_ARCH) $(PICOLIBC) -DPICOLIBC_INTEGER_PRINTF_SCANF -nostartfiles -static -Wl,--gc-sections \
		-Wl,--build-id=none -Wl,-Map=$(@:.elf=.map) -Wl,--defsym=SERVER_BASE=$(or $(BASE_$*),0x8000000) \
		-T libc/server.lds -o $@ $(filter %.o,$^) $(LIBFDT) $(LIBZ)

# Flat: its first words say how much of it is text and how much memory it takes (libc/layout.h).
build/root.bin: build/servers/root.elf
	$(call say,FLAT,$@)
	$(Q)$(CROSS)objcopy -O binary $< $@

$(OUT)/boot.cpio: $(filter-out $(patsubst %,build/servers/%.elf,root $(RESIDENTS)),$(SERVER_ELFS)) servers/build.mk tools/cpio
	$(call say,CPIO,$@)
	@umask 022; rm -rf $(OUT)/boot && mkdir -p $(OUT)/boot
	$(Q)umask 022; for elf in $(filter %.elf,$^); do $(CROSS)strip -o $(OUT)/boot/$$(basename $$elf .elf) $$elf; done
	$(Q)tools/cpio $(OUT)/boot $@

include $(wildcard servers/*/build.mk)
-include $(SERVER_OBJECTS:.o=.d)
