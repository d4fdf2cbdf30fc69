"""/proc and the programs that read it tell the truth."""

import re


def test_ps(machine):
    lines = machine.command("sleep 50 &\nuntil ps | grep -q '[s]leep 50'; do :; done; ps -o pid,ppid,args; kill %1").split("\n")
    assert any(re.match(r" *1 +0 ", line) for line in lines)
    assert any("sleep 50" in line for line in lines)
    assert machine.command("ps | grep -c '[p]s'")


def test_parents(machine):
    pid, parent = machine.command("sh -c 'echo $$ $PPID'").split()
    assert machine.command("echo $$") == parent and pid != parent


def test_top(machine):
    output = machine.command("top -b -n1")
    assert re.search(r"Mem: *\d+K used, *\d+K free", output)
    assert re.search(r"^ *1 +0 ", output, re.MULTILINE)
    assert "CPU:" in output


def test_free(machine):
    fields = re.search(r"Mem: +(\d+) +(\d+) +(\d+)", machine.command("free"))
    total, used, free = map(int, fields.groups())
    assert 400_000 < total < 512 * 1024 and 0 < used < total and 0 < free < total


def test_free_follows_use(machine):
    def free():
        return int(re.search(r"MemFree: +(\d+)", machine.command("cat /proc/meminfo")).group(1))

    before = free()
    machine.command("dd if=/dev/zero of=big bs=1M count=40 2> /dev/null")
    held = free()
    machine.command("rm big; sleep 1")
    assert before - held > 30_000 and free() - held > 10_000


def test_mount(machine):
    output = machine.command("mount")
    assert re.search(r" on / type ", output) and re.search(r"^\S+ on /proc type proc", output, re.MULTILINE)


def test_uname(machine):
    fields = machine.command("uname -a").split()
    assert fields[0] == "Linux" and "riscv64" in fields
    assert machine.command("uname -m") == "riscv64"
    assert machine.command("hostname") == machine.command("uname -n")


def test_maps(machine):
    lines = machine.command("cat /proc/self/maps").split("\n")
    pattern = re.compile(r"([0-9a-f]+)-([0-9a-f]+) ([r-][w-][x-][ps]) [0-9a-f]{8} \d\d:\d\d \d+ *(\S*)")
    regions = [pattern.fullmatch(line) for line in lines]
    assert all(regions)
    names = [region.group(4) for region in regions]
    assert any("busybox" in name for name in names) and "[stack]" in names and "[heap]" in names
    ends = 0
    for region in regions:
        start, end = int(region.group(1), 16), int(region.group(2), 16)
        assert ends <= start < end and start % 4096 == 0 and end % 4096 == 0
        assert not ("w" in region.group(3) and "x" in region.group(3))
        ends = end


def test_stat(machine):
    fields = machine.command("cat /proc/1/stat").split()
    assert fields[0] == "1" and re.fullmatch(r"\(.+\)", fields[1]) and fields[2] in "SRD" and fields[3] == "0"
    assert len(fields) >= 44
    state = machine.command("sleep 50 &\nsleep 0.2; cut -d' ' -f3 /proc/$!/stat; kill %1")
    assert state.split("\n")[0] == "S"


def test_status(machine):
    output = machine.command("cat /proc/self/status")
    assert re.search(r"^Name:\tcat$", output, re.MULTILINE)
    assert re.search(r"^Uid:\t0\t0\t0\t0$", output, re.MULTILINE)
    assert re.search(r"^VmRSS:\s+[1-9]\d* kB$", output, re.MULTILINE)


def test_command_line_and_environment(machine):
    assert machine.command("A=b sh -c 'cat /proc/self/environ' | tr '\\0' '\\n' | grep ^A=") == "A=b"
    assert machine.command("cat /proc/self/cmdline | tr '\\0' ,") == "cat,/proc/self/cmdline,"


def test_descriptors(machine):
    output = machine.command("sh -c 'exec 7< /etc/passwd; ls -l /proc/self/fd/'")
    assert re.search(r" 7 -> /etc/passwd", output)


def test_zombie(machine):
    output = machine.command("sh -c '(sleep 0.2) & exec sleep 2' & sleep 0.6; ps -o stat,args | grep '^Z'; wait")
    assert "sleep" in output


def test_uptime_and_loadavg(machine):
    up, idle = map(float, machine.command("cat /proc/uptime").split())
    assert up > 0 and idle >= 0
    assert re.match(r"\d+\.\d\d \d+\.\d\d \d+\.\d\d \d+/\d+ \d+", machine.command("cat /proc/loadavg"))
    assert "load average" in machine.command("uptime")


def test_system_files(machine):
    assert "processor" in machine.command("cat /proc/cpuinfo")
    assert re.search(r"^cpu +\d+ \d+ \d+ \d+", machine.command("cat /proc/stat"))
    assert "console=" in machine.command("cat /proc/cmdline")
    assert machine.command("cat /proc/version").startswith("Linux version")
    assert "proc" in machine.command("cat /proc/filesystems")


def test_pids_are_folders(machine):
    listed = set(re.findall(r"^\d+$", machine.command("ls /proc | cat"), re.MULTILINE))
    assert "1" in listed and machine.command("echo $$") in listed


def test_readers_of_a_dying_process(machine):
    command = "for i in $(seq 40); do sleep 0.02 & cat /proc/$!/stat /proc/$!/maps /proc/$!/status; done > f 2>&1; wait"
    machine.command(command, 120)


def test_proc_cannot_be_changed(machine):
    assert machine.sh("touch /proc/new").status != 0
    assert machine.sh("rm /proc/1/stat").status != 0
