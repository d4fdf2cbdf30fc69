# The vDSO: a shared object for user processes, compiled as Linux programs are, embedded in proc by vdso_image.S.

VDSO := servers/proc/vdso

build/vdso.so: $(wildcard $(VDSO)/*) servers/proc/build.mk
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(LINUX_CROSS)gcc -std=gnu11 -O2 -fPIC -fno-stack-protector -fno-jump-tables -fasynchronous-unwind-tables \
		-ffreestanding -mcmodel=medany -msmall-data-limit=0 -ffile-prefix-map=$(CURDIR)=. $(WARNINGS) \
		$(EXTRA_CFLAGS) -nostdlib -shared -Wl,-soname=linux-vdso.so.1 -Wl,--hash-style=both -Wl,--build-id=none \
		-Wl,--no-undefined -Wl,-Bsymbolic -Wl,-z,noexecstack -Wl,--eh-frame-hdr -T $(VDSO)/vdso.lds -o $@.tmp \
		$(VDSO)/vdso.c $(VDSO)/vdso.S
	$(Q)$(LINUX_CROSS)strip -o $@ $@.tmp && rm $@.tmp

$(OBJ)/servers/proc/vdso_image.o: build/vdso.so
