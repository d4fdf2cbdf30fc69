# Packages of riscv64 Debian that the build takes files from, and the two libraries made ready for linking.

BASE_DEBS := build/debs/base/.packages
LIBFDT := build/lib/libfdt.a
LIBZ := build/lib/libz.a

$(BASE_DEBS): tools/debs
	$(call say,FETCH,busybox libfdt zlib)
	$(Q)tools/debs build/debs/base busybox-static libfdt-dev zlib1g-dev
	@touch $@

$(LIBFDT) $(LIBZ): build/lib/%.a: $(BASE_DEBS) tools/softfloat
	@mkdir -p $(@D)
	$(Q)$(HOST_PYTHON) tools/softfloat build/debs/base/usr/lib/riscv64-linux-gnu/$*.a $@
