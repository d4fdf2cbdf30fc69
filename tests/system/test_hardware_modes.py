"""
What QEMU hides and hardware has, shown by boot arguments: a machine without ASIDs (`tine.asid=off`), and a walker that finds
pages that became executable without a fence (`tine.check=code`). Entries without A or D the walker finds always. That
it does find them is shown by tests/unit/test_space.c.
"""

import machine as vm
import programs
import pytest

pytestmark = pytest.mark.skipif(vm.ON_LINUX, reason="boot arguments of Tine")

PROGRAMS = {"fork": None, "exec": None, "mm": None, "snapshots": 12}


@pytest.fixture(scope="module", params=["tine.asid=off", "tine.check=code", "tine.asid=off tine.check=code"])
def mode(request):
    machine = vm.Machine(append=f"{vm.APPEND} {request.param}", smp=2 if " " in request.param else 1)
    machine.wait_boot()
    machine.mode = request.param
    yield machine
    machine.close()


def counters(machine):
    return {name: int(value) for name, value in (line.split() for line in machine.command("cat /proc/tine/stat").split("\n"))}


def test_flushes(mode):
    """Without ASIDs each change of the space empties the TLB; with them none does."""
    before = counters(mode)
    mode.command("for i in 1 2 3 4 5 6 7 8 9 10; do ls / | grep etc | wc -l; done")
    after = counters(mode)
    switches, flushes = (after[name] - before[name] for name in ("space_switches", "tlb_flushes_all"))
    assert (flushes >= switches) == ("tine.asid=off" in mode.mode)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs(mode, program):
    for case in programs.cases(program)[: PROGRAMS[program]]:
        programs.run(mode, program, case, 120)
    assert mode.command("cat /proc/tine/check") == "ok"


def test_code_written_by_a_program(mode):
    """The cache's pages, what a loader relocates, and a copy-on-write of text all become code by one function."""
    mode.command("for i in 1 2 3; do cp /bin/busybox /tmp/b$i; /tmp/b$i true; done; rm /tmp/b1 /tmp/b2 /tmp/b3")
    mode.command("echo frames > /proc/self/tine/strategy; (ls / | wc -l); echo default > /proc/self/tine/strategy")
    assert mode.command("cat /proc/tine/check") == "ok"
