"""Control groups; most of it in programs/cgroups.c."""

import pytest

import machine as vm
import programs


@pytest.mark.parametrize("case", programs.cases("cgroups"))
def test_cgroups(machine, case):
    programs.run(machine, "cgroups", case)


@pytest.mark.skipif(vm.ON_LINUX, reason="Linux lets a process that it may not choose try for ever")
def test_nobody_outside_dies_for_a_group_of_the_exempt(machine):
    machine.sh("sleep 1000 &")
    machine.command("mkdir c && mount -t cgroup2 none c && echo +memory > c/cgroup.subtree_control && mkdir c/t && echo 16777216 > c/t/memory.max")
    machine.command("""echo 'BEGIN { s = "x"; for (;;) s = s s }' > hog""")
    hog = "echo -1000 > /proc/self/oom_score_adj; exec awk -f hog"
    result = machine.sh(f"sh -c 'echo 0 > c/t/cgroup.procs; sh -c \"{hog}\"'", 60)
    assert result.status == 137
    assert machine.command("jobs | grep -c Running") == "1"
    machine.command("kill %1; wait; rm hog; rmdir c/t && umount c")
