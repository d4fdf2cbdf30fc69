# Packages of riscv64 Debian that the build takes files from, and the two libraries made ready for linking.

BASE_DEBS := build/debs/base/.packages
LIBFDT := build/lib/libfdt.a
LIBZ := build/lib/libz.a

$(BASE_DEBS): tools/debs
	$(call say,FETCH,busybox libfdt zlib)
	$(Q)tools/debs build/debs/base busybox-static libfdt-dev zlib1g-dev
	@touch $@

# Debian's own programs, chosen in user/debian/packages, with all that they depend on. From one suite, so that they fit.
DEBIAN_DEBS := build/debs/debian/.packages

$(DEBIAN_DEBS): user/debian/packages tools/debs
	$(call say,FETCH,Debian)
	$(Q)tools/debs -d -s "forky sid" build/debs/debian $$(sed 's/#.*//; s/ .*//' $<) > build/debs/debian.log
	@touch $@

# Device trees of boards, as Debian's kernel has them.
BOARD_DEBS := build/debs/board/.packages

$(BOARD_DEBS): tools/debs
	$(call say,FETCH,device trees)
	$(Q)tools/debs -s "forky sid" build/debs/board 'linux-base-[0-9.]+\+deb[0-9]+-riscv64'
	@touch $@

# The VisionFive 2's, of whatever release.
build/visionfive2.dtb: $(BOARD_DEBS)
	$(Q)cp "$$(find build/debs/board -name 'jh7110-starfive-visionfive-2-v1.3b.dtb' | sort | head -n 1)" $@

$(LIBFDT) $(LIBZ): build/lib/%.a: $(BASE_DEBS) tools/softfloat
	@mkdir -p $(@D)
	$(Q)$(HOST_PYTHON) tools/softfloat build/debs/base/usr/lib/riscv64-linux-gnu/$*.a $@

# docs/compatibility.md, by the newest list of Linux's calls. tests/system/test_compatibility.py sees that it is current.
.PHONY: compatibility
compatibility: ## write the table of system calls, docs/compatibility.md
	$(Q)tools/debs -s "forky sid" build/debs/headers linux-libc-dev
	$(Q)tools/compatibility build/debs/headers/usr/include/riscv64-linux-gnu build/debs/headers/usr/include \
		> docs/compatibility.md
