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
UNIT_SPACE := $(UNIT_MEMORY) tests/unit/host/tlb.c kernel/node.c kernel/tree.c kernel/space.c kernel/check.c tests/unit/space_model.c

unit_frame := $(UNIT_MEMORY)
unit_pool := $(UNIT_MEMORY)
# Few pages are enough to be shared as a table.
cflags_space := $(HOST_CFLAGS) -DDENSE_LEAF=6 -DDENSE_TABLE=2
cflags_tree := $(cflags_space)
unit_tree := $(UNIT_MEMORY) kernel/node.c kernel/tree.c
unit_space := $(UNIT_SPACE)
unit_cap := $(UNIT_HOST) kernel/frame.c kernel/pool.c kernel/cap.c
unit_sched := $(UNIT_HOST) kernel/frame.c kernel/pool.c kernel/sched.c
unit_elf := libc/elf.c
unit_newc := libc/newc.c
unit_ldisc := servers/vfs/ldisc.c
unit_ring := servers/vfs/ring.c
unit_machine := sbi/machine.c
libs_machine := -lfdt
unit_timeout := libc/timeout.c libc/ticks.c
unit_server := libc/server.c
unit_root := servers/root/machine.c
libs_root := -lfdt
unit_memcpy := libc/memcpy.c
cflags_memcpy = $(HOST_CFLAGS) -Dmemcpy=server_memcpy
unit_region := servers/proc/region.c servers/proc/cache.c
unit_command_line := servers/proc/command_line.c
unit_signal := servers/proc/signal_queue.c servers/proc/disposition.c servers/proc/cache.c
unit_random := servers/proc/random.c
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

# Fuzzers: tests/fuzz/fuzz_X.c with the sources of the unit test of that name; `make fuzz-tree FUZZ_SECONDS=60`.
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 20
fuzz_tree := $(UNIT_SPACE)
fuzz-%: tests/fuzz/fuzz_%.c
	@mkdir -p $(UNIT)/corpus_$*
	$(Q)$(FUZZ_CC) $(or $(cflags_$*),$(HOST_CFLAGS)) -fsanitize=fuzzer -o $(UNIT)/fuzz_$* $< $(or $(fuzz_$*),$(unit_$*)) $(libs_$*)
	$(Q)$(UNIT)/fuzz_$* -max_total_time=$(FUZZ_SECONDS) -verbosity=0 $(UNIT)/corpus_$*
