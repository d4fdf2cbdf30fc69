# The vDSO: a shared object for Linux programs, built with their compiler and embedded into proc.

VDSO_SOURCES := servers/proc/vdso/time.c servers/proc/vdso/calls.S

build/vdso.so: $(VDSO_SOURCES) servers/proc/vdso/data.h servers/proc/vdso/vdso.lds servers/proc/build.mk
	$(call say,VDSO,$@)
	@mkdir -p $(@D)
	$(Q)$(LINUX_CROSS)gcc -std=gnu11 -O2 -fPIC -ffreestanding -shared -nostdlib -fno-stack-protector \
		-march=rv64gc -mabi=lp64d -fasynchronous-unwind-tables -ffile-prefix-map=$(CURDIR)=. $(WARNINGS) \
		$(EXTRA_CFLAGS) -Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=both -Wl,--build-id=none \
		-Wl,-z,max-page-size=4096 -Wl,--no-undefined -Wl,--eh-frame-hdr -Wl,-s -Wl,-T,servers/proc/vdso/vdso.lds \
		-o $@ $(VDSO_SOURCES)

$(OBJ)/servers/proc/vdso_image.o: build/vdso.so
