# What native servers stand on. Compiled once, linked into each server (servers/build.mk).
#
# -ffreestanding is absent on purpose: the C library's functions may be what the compiler takes them for.

LIBC_SOURCES := $(sort $(wildcard libc/*.[cS]))
LIBC_OBJECTS := $(patsubst %,$(OBJ)/%.o,$(basename $(LIBC_SOURCES)))
SERVER_CFLAGS := $(NATIVE_CFLAGS) -DPICOLIBC_INTEGER_PRINTF_SCANF -ftls-model=local-exec \
	-I kernel/include -I libc -I libc/micro -I servers -I . -isystem build/debs/base/usr/include \
	-idirafter /usr/riscv64-linux-gnu/include

$(OBJ)/libc/%.o: libc/%.c Makefile libc/build.mk | $(BASE_DEBS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(SERVER_CFLAGS) $(DEPFLAGS) -c -o $@ $<

$(OBJ)/libc/%.o: libc/%.S Makefile libc/build.mk
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(SERVER_CFLAGS) $(DEPFLAGS) -c -o $@ $<

-include $(LIBC_OBJECTS:.o=.d)

# Its loops are not to be taken for a call of itself.
%/libc/memcpy.o: SERVER_CFLAGS += -fno-tree-loop-distribute-patterns -ffreestanding
