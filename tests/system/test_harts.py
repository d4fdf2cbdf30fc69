"""Several harts: programs that fork and thread on all of them at once, and what the kernel counts of it."""

import pytest

import machine as vm
import programs

pytestmark = pytest.mark.skipif(vm.ON_LINUX, reason="reads /proc/tine")


@pytest.fixture(scope="module", params=[2, 4, 8])
def harts(request):
    machine = vm.Machine(smp=request.param)
    machine.wait_boot()
    machine.harts = request.param
    yield machine
    machine.close()


def counter(machine, name):
    return int(machine.sh(f"sed -n 's/^{name} //p' /proc/tine/stat").output)


def test_all_harts_are_started(harts):
    assert harts.sh("nproc").output.strip() == str(harts.harts)
    assert counter(harts, "harts") == harts.harts


def test_forks_on_every_hart_at_once(harts):
    loop = "i=0; while [ $i -lt 25 ]; do (ls / | grep etc | wc -l) >/dev/null || exit 9; i=$((i+1)); done"
    jobs = " ".join(f"( {loop} ) &" for _ in range(harts.harts + 1))
    result = harts.sh(f"{jobs} wait; echo done", 240)
    assert result.output.split()[-1] == "done" and result.status == 0
    assert counter(harts, "kicks") > 0
    assert harts.sh("cat /proc/tine/check").output.strip() == "ok"


@pytest.mark.parametrize("program", ["threads", "snapshots", "signals"])
def test_programs(harts, program):
    skip = {"random_histories", "a_thousand_generations", "a_thousand_children"}  # long; the others do the same in small
    for case in programs.cases(program):
        if case not in skip:
            programs.run(harts, program, case, 120)
    assert harts.sh("cat /proc/tine/check").output.strip() == "ok"
