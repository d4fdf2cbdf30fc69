"""Booting: the command line, init's arguments and environment, archives good and bad."""

import gzip
import stat

import cpio
import machine as vm
import pexpect
import pytest

SHOW = b"""#!/bin/sh
mount -t proc proc /proc 2> /dev/null
echo "init pid=$$ name=$0 args=[$*]"
env | sed 's/^/env /'
echo shown
poweroff -f
"""


def archive_with(path, files):
    """A copy of the test archive at path with these files added: (target, contents)."""
    with open(vm.INITRD, "rb") as base:
        data = cpio.build(base.read(), [(name, text, stat.S_IFREG | 0o755) for name, text in files])
    path.write_bytes(data)
    return path


def shown(machine):
    machine.expect("shown", vm.BOOT_SECONDS)
    output = vm.clean(machine.console.before)
    assert machine.exit_status() == 0
    return output


def test_prompt(boot):
    assert boot().wait_boot().command("echo $$") != "1"


def test_init_is_process_one(boot, tmp_path):
    initrd = archive_with(tmp_path / "a.cpio", [("/init", SHOW)])
    assert "init pid=1 name=/init args=[]" in shown(boot(initrd=initrd))


def test_rdinit(boot, tmp_path):
    initrd = archive_with(tmp_path / "a.cpio", [("/bin/show", SHOW)])
    assert "init pid=1 name=/bin/show" in shown(boot(initrd=initrd, append=vm.APPEND + " rdinit=/bin/show"))


def test_arguments_and_environment(boot, tmp_path):
    initrd = archive_with(tmp_path / "a.cpio", [("/init", SHOW)])
    output = shown(boot(initrd=initrd, append=vm.APPEND + " COLOUR=blue single -- one --two \"three four\""))
    assert "args=[single one --two three four]" in output or "args=[one --two three four]" in output
    assert "env COLOUR=blue" in output
    assert "env HOME=/" in output and "env TERM=" in output


def test_gzip_archive(boot, tmp_path):
    packed = tmp_path / "a.cpio.gz"
    with open(vm.INITRD, "rb") as plain:
        packed.write_bytes(gzip.compress(plain.read(), 1))
    assert boot(initrd=packed).wait_boot().command("ls / | grep etc | wc -l").strip() == "1"


def test_two_archives_in_one_file(boot, tmp_path):
    path = tmp_path / "both.cpio"
    second = cpio.build(None, [("/extra", b"second\n", stat.S_IFREG | 0o644)])
    with open(vm.INITRD, "rb") as first:
        path.write_bytes(first.read() + second)
    assert boot(initrd=path).wait_boot().command("cat /extra") == "second"


def test_small_memory(boot):
    assert boot(memory="128M").wait_boot().command("echo fits") == "fits"


def test_large_memory(boot):
    machine = boot(memory="2G").wait_boot()
    assert int(machine.command("grep MemTotal /proc/meminfo").split()[1]) > 1_900_000


def test_quiet_is_quiet(boot):
    machine = boot().wait_boot()
    lines = vm.clean(machine.log.getvalue()).split("Boot HART MEDELEG")[-1].split("\n")
    assert len(lines) < 30


NO_INIT = ["no working init", "no init", "unable to mount root", "no program to start", r"init[^\n]*error -2"]
BAD_ARCHIVE = ["invalid magic", "unpacking failed", "unexpected end", "inflate", r"archive[^\n]*(bad|broken|damaged|cut|invalid|no )",
               r"(bad|broken|damaged|invalid|not an?)[^\n]*archive"]


def complaint(machine, *patterns):
    """The boot ends with a message that matches one of the patterns, and without a prompt."""
    which = machine.console.expect(["(?i)(" + "|".join(patterns) + ")", vm.FIRST_PROMPT, pexpect.EOF], timeout=vm.BOOT_SECONDS)
    if which == 0:
        machine.settle(1)
    assert which == 0, machine.tail()


def test_no_archive(boot):
    complaint(boot(initrd=None), *NO_INIT, "no (initrd|initramfs|archive)")


def test_archive_without_init(boot, tmp_path):
    path = tmp_path / "a.cpio"
    path.write_bytes(cpio.build(None, [("/etc/x", b"", stat.S_IFREG | 0o644)]))
    complaint(boot(initrd=path), *NO_INIT)


def test_garbage_for_an_archive(boot, tmp_path):
    path = tmp_path / "a.cpio"
    path.write_bytes(bytes(range(256)) * 1000)
    complaint(boot(initrd=path), *NO_INIT, *BAD_ARCHIVE)


@pytest.mark.parametrize("part", [0.3, 0.8])
def test_truncated_gzip(boot, tmp_path, part):
    path = tmp_path / "a.cpio.gz"
    with open(vm.INITRD, "rb") as plain:
        packed = gzip.compress(plain.read(), 1)
    path.write_bytes(packed[: int(len(packed) * part)])
    machine = boot(initrd=path, append="console=ttyS0")
    complaint(machine, *NO_INIT, *BAD_ARCHIVE)


def test_init_that_is_missing(boot):
    complaint(boot(append=vm.APPEND + " rdinit=/no/such/init"), *NO_INIT, "/no/such/init")


def test_init_that_ends(boot, tmp_path):
    initrd = archive_with(tmp_path / "a.cpio", [("/init", b"#!/bin/sh\necho leav''ing\nexit 3\n")])
    complaint(boot(initrd=initrd), "attempted to kill init", r"init[^\n]*(ended|exited|died)", r"process 1[^\n]*(ended|exited|died)")
