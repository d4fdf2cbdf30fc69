"""user/contain: what a command in a container sees, how it ends, what its limits are, and that it does not get out.

The container's root file system has nothing but busybox.
"""

import re

import pytest

import programs

APPLETS = "sh cat ls id hostname awk sleep true mount umount mknod kill grep wc mkdir"
TREE = f"mkdir -p root/bin; cp /bin/busybox root/bin; for a in {APPLETS}; do ln -sf busybox root/bin/$a; done"
HOG = """echo 'BEGIN { s = "x"; for (;;) s = s s }' > root/hog"""
TOP = ["bin", "dev", "proc", "tmp"]


@pytest.fixture
def contain(machine):
    """A function that runs a line of shell (without single quotes) in a container; gives (output, status)."""
    def run(line, options="", after="", timeout=60):
        machine.command(TREE)
        return machine.sh(f"contain {options} root sh -c '{line}' {after}", timeout)
    return run


@pytest.fixture
def inside(contain):
    """The same for a line that succeeds: gives its words."""
    def run(line, options=""):
        output, status = contain(line, options)
        assert status == 0, output
        return output.split()
    return run


# ---- what it sees ----


def test_is_process_1(inside):
    assert inside("echo $$ $PPID") == ["1", "0"]


def test_sees_nobody_else(inside):
    assert inside("cd /proc; echo [0-9]*; :") == ["1"]


def test_has_a_name(machine, inside):
    before = machine.command("hostname")
    assert inside("hostname", "-h inner") == ["inner"]
    assert machine.command("hostname") == before


def test_has_a_root(inside):
    assert inside("ls /") == TOP


def test_has_devices(inside):
    assert inside("ls /dev") == ["full", "null", "random", "tty", "urandom", "zero"]
    assert inside("echo gone > /dev/null; cat /dev/null | wc -c") == ["0"]


def test_has_no_rights(inside):
    assert set(inside("grep ^Cap /proc/self/status")[1::2]) == {"0" * 16}


def test_user_is_root_inside(machine):
    """In a user namespace, so that nobody's help is needed; what is made inside is the user's."""
    machine.command(f"{TREE}; chown -R user root; chmod 755 .")
    result = machine.sh("su user -c \"contain root sh -c 'id -u; cat /proc/self/uid_map; echo > /made'\"")
    assert result.status == 0 and result.output.split() == ["0", "0", "1000", "1"], result.output
    assert machine.command("stat -c %U root/made") == "user"


def test_has_a_network(machine, inside):
    same = "busybox readlink /proc/self/ns/net"
    assert inside(same, "-n") == [machine.command(same)]
    assert inside(same) != [machine.command(same)]


# ---- how it ends ----


def test_exit_status(contain):
    assert contain("exit 7").status == 7


def test_no_command(machine):
    machine.command(TREE)
    assert machine.sh("contain root nothing").status == 127
    assert machine.sh("contain nowhere sh").status == 125
    assert machine.sh("contain root").status == 125


def test_the_others_end_with_process_1(machine, contain):
    assert contain("sleep 1000 & sleep 1000 & exit 3").status == 3
    assert machine.sh("pidof sleep").status == 1


def test_killed(machine):
    """A signal for the runner ends all of it; a killed runner leaves no container."""
    machine.command(TREE)
    start = "rm -f root/up; contain root sh -c 'echo > /up; sleep 1000; :' & while [ ! -e root/up ]; do sleep 0.1; done"
    result = machine.sh(f"{start}; kill $!; wait $!")
    assert result.status == 137
    assert machine.sh("pidof sleep").status == 1
    result = machine.sh(f"{start}; kill -9 $!; wait $!")
    assert result.status == 137
    machine.command("while pidof sleep; do sleep 0.1; done")


# ---- limits ----


def test_fork_bomb(machine, contain):
    machine.command("sleep 1000 &")
    result = contain("b() { b | b & b; }; b", "-p 16")
    assert result.status != 0 and "fork" in result.output
    assert machine.command("ls / | wc -l; jobs | grep -c Running").split()[1] == "1"
    machine.command("kill %1; wait")


def test_memory_hog(machine, contain):
    machine.command(f"{TREE}; {HOG}")
    result = contain("awk -f /hog; echo $?", "-m 16777216")
    assert result.status == 0 and result.output.split()[-1] == "137", result.output
    assert contain("exec awk -f /hog", "-m 16777216").status == 137


def test_groups_go(machine, inside):
    assert inside("cat /proc/self/cgroup", "-p 16 -m 33554432") == ["0::/"]
    assert machine.sh("ls -d /sys/fs/cgroup/contain-*").status != 0


def test_many_leave_nothing(machine):
    machine.command(TREE)
    loop = "i=0; while [ $i -lt 200 ] && contain -p 16 root true; do i=$((i + 1)); done; echo $i"
    assert machine.command(loop, 280) == "200"
    assert machine.sh("ls -d /sys/fs/cgroup/contain-*").status != 0


# ---- it does not get out ----


@pytest.mark.parametrize("way", ["/../..", "/proc/1/root", "/proc/self/root/..", "/proc/self/cwd/../../..", "/tmp/../.."])
def test_paths_end_at_the_root(inside, way):
    assert inside(f"ls {way}/") == TOP


REFUSED = {
    "chroot": "busybox chroot / true",
    "mount": "mount -t tmpfs none /tmp",
    "mount over": "mount -o bind /tmp /proc",
    "umount": "umount /proc",
    "device node": "mknod /tmp/zero c 1 5",
    "device of the root": "echo x > /null",
    "setting": "echo 0 > /proc/sys/kernel/randomize_va_space",
    "host name": "hostname other",
    "namespace of the runner": "busybox nsenter -t 1 -m -u -i true",
    "left descriptor of a folder": "ls /proc/self/fd/9/",
    "left descriptor of a namespace": "busybox nsenter -m/proc/self/fd/8 true",
    "given descriptor of a namespace": "busybox nsenter -m/proc/self/fd/0 true",
    "machine": "busybox poweroff -f",
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(machine, contain, what):
    machine.command(f"{TREE}; [ -e root/null ] || mknod root/null c 1 3; echo x > root/null")
    result = contain(REFUSED[what], after="9< / 8< /proc/self/ns/mnt 0< /proc/self/ns/mnt")
    assert result.status not in (0, 127), result.output
    assert re.search("(?i)not permitted|denied|invalid|read-only|no such file|busy", result.output), result.output
    assert "applet not found" not in result.output


def test_kills_only_its_own(machine, contain):
    machine.command("sleep 1000 &")
    contain("kill -9 -1; for i in 2 3 4 5 6 7 8 9 10; do kill -9 $i; done; true")
    assert machine.command("jobs | grep -c Running") == "1"
    machine.command("kill %1; wait")


@pytest.mark.parametrize("case", programs.cases("contained"))
def test_with_rights_of_its_own(machine, case):
    """See programs/contained.c. Three descriptors are left open, one of them as the standard input."""
    machine.command(f"{TREE}; cp /tests/contained root/bin")
    left = "9< / 8< /proc/self/ns/mnt 0< /proc/self/ns/mnt"
    output, status = machine.sh(f"contain -p 16 -m 33554432 root /bin/contained {case} {left}")
    assert status == 0 and f"ok {case}" in output.split("\n"), f"status {status}\n{output}"
