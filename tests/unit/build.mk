# Unit tests: the project's own sources, compiled for the host under AddressSanitizer and UndefinedBehaviorSanitizer.
# tests/unit/test_X.c is a cmocka program; unit_X names the sources that it is about, one line each. Also usable alone:
# make -f tests/unit/build.mk test-unit

HOST_CC ?= gcc
HOST_CFLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -isystem /usr/include/bsd -DLIBBSD_OVERLAY \
	-I tests/unit/host -I kernel/include -I kernel -I kernel/micro -I libc/micro -I .
UNIT := build/unit
UNIT_HOST := tests/unit/host/host.c
UNIT_MEMORY := $(UNIT_HOST) tests/unit/host/object.c kernel/frame.c kernel/pool.c
UNIT_SPACE := $(UNIT_MEMORY) tests/unit/host/tlb.c kernel/node.c kernel/tree.c kernel/space.c kernel/snapshot.c kernel/check.c tests/unit/space_model.c

unit_frame := $(UNIT_MEMORY)
unit_pool := $(UNIT_MEMORY)
# Few pages are enough to be shared as a table.
cflags_space := $(HOST_CFLAGS) -DDENSE_LEAF=6 -DDENSE_TABLE=2
cflags_tree := $(cflags_space)
unit_tree := $(UNIT_MEMORY) kernel/node.c kernel/tree.c
unit_space := $(UNIT_SPACE)
unit_cap := $(UNIT_HOST) kernel/frame.c kernel/pool.c kernel/cap.c
unit_sched := $(UNIT_HOST) kernel/frame.c kernel/pool.c kernel/sched.c kernel/balance.c
unit_elf := libc/elf.c
unit_newc := libc/newc.c
unit_ldisc := servers/vfs/ldisc.c
unit_ring := servers/vfs/ring.c
unit_machine := sbi/machine.c sbi/intact.c
libs_machine := -lfdt
$(UNIT)/test_machine: | build/visionfive2.dtb
unit_timeout := libc/timeout.c libc/ticks.c
unit_server := libc/server.c
unit_root := servers/root/machine.c
fuzz_root := servers/root/machine.c sbi/intact.c
libs_root := -lfdt
unit_memcpy := libc/memcpy.c
cflags_memcpy = $(HOST_CFLAGS) -Dmemcpy=server_memcpy
unit_region := servers/proc/region.c servers/proc/cache.c
unit_command_line := servers/proc/command_line.c
unit_signal := servers/proc/signal_queue.c servers/proc/disposition.c servers/proc/cache.c
unit_random := servers/proc/random.c
unit_layout := servers/proc/layout.c servers/proc/random.c
unit_text := servers/proc/text.c
unit_strategy := servers/proc/strategy.c
unit_session := servers/proc/session.c servers/proc/cache.c

# The server as a whole but for what the world of the test stands in for. Linux's headers do not bear all of libbsd's.
unit_vfs := libc/ticks.c tests/unit/host/vfs_world.c \
	$(filter-out $(patsubst %,servers/vfs/%.c,main cache buffer clock initrd tty console pty),$(sort $(wildcard servers/vfs/*.c)))
cflags_vfs := $(filter-out -isystem /usr/include/bsd -DLIBBSD_OVERLAY,$(HOST_CFLAGS)) -I tests/unit/host/lists

UNIT_TESTS := $(patsubst tests/unit/test_%.c,%,$(sort $(wildcard tests/unit/test_*.c)))

define unit_test
$(UNIT)/$(1)/%.o: %.c tests/unit/build.mk
	@mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $(or $(cflags_$(1)),$(HOST_CFLAGS)) -MMD -MP -c -o $$@ $$<

$(UNIT)/test_$(1): $(UNIT)/$(1)/tests/unit/test_$(1).o $(patsubst %.c,$(UNIT)/$(1)/%.o,$(unit_$(1)))
	$$(Q)$$(HOST_CC) $$(HOST_CFLAGS) -o $$@ $$^ -lcmocka $(libs_$(1))

-include $(patsubst %.c,$(UNIT)/$(1)/%.d,tests/unit/test_$(1).c $(unit_$(1)))
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_test,$(t))))

.PHONY: test-unit
test-unit: $(UNIT_TESTS:%=$(UNIT)/test_%) ## the unit tests, on the host
	$(Q)failed=0; for t in $^; do $$t || failed=1; done; exit $$failed

# Fuzzers: tests/fuzz/fuzz_X.c with the sources of the unit test of that name; `make fuzz-tree FUZZ_SECONDS=60`. Inputs
# that found something new are kept in the corpus, which starts with what FUZZ_SEED makes there: valid input to bend.
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 20
fuzz_tree := $(UNIT_SPACE)
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

seed_trees = for t in tests/unit/trees/*.dts; do dtc -q -I dts -O dtb -o $(1)/$$(basename $$t .dts) $$t; done
seed_machine = $(seed_trees)
seed_root = $(seed_trees)
seed_newc = tools/cpio tests/fuzz $(1)/archive
seed_elf = cp build/vdso.so $(1)/vdso
seed_command_line = printf 'console=ttyS0,115200 quiet init=/bin/a rdinit="/b c" A=b -- one "two three"' > $(1)/line
$(UNIT)/fuzz_elf: build/vdso.so

define fuzzer
$(UNIT)/fuzz_$(1): tests/fuzz/fuzz_$(1).c $(or $(fuzz_$(1)),$(unit_$(1))) tests/unit/build.mk $(wildcard tests/unit/trees/*.dts)
	@mkdir -p $(UNIT)/corpus_$(1)
	$$(Q)$$(FUZZ_CC) $(or $(cflags_$(1)),$(HOST_CFLAGS)) -fsanitize=fuzzer -o $$@ $$(filter %.c,$$^) $(libs_$(1))
	$$(Q)$$(call seed_$(1),$(UNIT)/corpus_$(1))

fuzz-$(1): $(UNIT)/fuzz_$(1)
	$$(Q)$$< -max_total_time=$$(FUZZ_SECONDS) -verbosity=0 -artifact_prefix=$(UNIT)/ $(UNIT)/corpus_$(1)
endef
$(foreach f,$(FUZZERS),$(eval $(call fuzzer,$(f))))

# What reads the input of strangers, for some seconds with each `make test`: a line each, as TAP has it.
FUZZED_IN_TEST := command_line elf machine newc root
.PHONY: test-fuzz $(FUZZERS:%=fuzz-%)
test-fuzz: $(FUZZED_IN_TEST:%=$(UNIT)/fuzz_%) ## fuzzers of the parsers of foreign input, some seconds each
	$(Q)n=0; failed=0; for f in $(FUZZED_IN_TEST); do n=$$((n + 1)); \
		if $(MAKE) --no-print-directory fuzz-$$f FUZZ_SECONDS=5 > $(UNIT)/fuzz_$$f.log 2>&1; then echo "ok $$n - fuzz $$f"; \
		else cat $(UNIT)/fuzz_$$f.log; echo "not ok $$n - fuzz $$f"; failed=1; fi; done; exit $$failed
