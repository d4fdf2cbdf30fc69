import pytest

import machine as vm
import programs


@pytest.mark.parametrize("case", programs.cases("embryo"))
def test_embryo(machine, case):
    programs.run(machine, "embryo", case)


def test_demonstration_without_fork_and_exec(machine):
    output, status = machine.sh("embryo")
    if vm.ON_LINUX:
        assert (output, status) == ("embryo: create: Function not implemented\n", 126)
    else:
        assert (output, status) == ("hello from a child that was neither forked nor executed\n", 7)


@pytest.mark.skipif(vm.ON_LINUX, reason="there are no embryos")
@pytest.mark.parametrize("command, wanted", [
    ("embryo /bin/busybox echo one two", ("one two\n", 0)),
    ("embryo /bin/busybox sh -c 'for i in 1 2 3; do echo $i; done | wc -l; ls -d /etc; exit 5'", ("3\n/etc\n", 5)),
    ("echo through | embryo /bin/busybox tr a-z A-Z", ("THROUGH\n", 0)),
    ("X=7 embryo /bin/busybox env | grep ^X=", ("X=7\n", 0)),
    ("embryo /bin/busybox sh -c 'cat /proc/$$/cmdline | tr \"\\0\" \" \"'", None),
    ("embryo /bin/embryo", ("hello from a child that was neither forked nor executed\n", 7)),
    ("embryo /bin/embryo /bin/busybox false", ("", 1)),
    ("embryo /etc/passwd", ("/etc/passwd: Exec format error\n", 126)),
    ("embryo /bin/none", ("/bin/none: No such file or directory\n", 126)),
    ("embryo /bin/busybox sh -c 'kill -9 $$'", ("", 137)),
])
def test_loads_static_programs_from_outside(machine, command, wanted):
    result = machine.sh(command)
    if wanted is None:
        assert result.output.startswith("/bin/busybox sh -c cat") and result.status == 0
    else:
        assert (result.output, result.status) == wanted
