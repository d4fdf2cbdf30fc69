"""Exhaustion: fork bombs and memory hogs inside a small machine end in errors, the shell survives, all comes back."""

import re

import machine as vm
import pytest

pytestmark = pytest.mark.skipif(vm.ON_LINUX, reason="its out-of-memory killer may choose the shell")


@pytest.fixture
def small(boot):
    """A machine with 256 MiB."""
    return boot(memory="256M").wait_boot()


def free_kilobytes(machine):
    return int(re.search(r"MemFree: +(\d+)", machine.command("cat /proc/meminfo")).group(1))


def assert_back(machine, before):
    """Nearly all memory is free again; on Tine the counters say exactly."""
    machine.command("sleep 1")
    assert free_kilobytes(machine) > before - 3000


def test_fork_bomb_by_count(small):
    """Twice, because the servers keep the room for their tables that the first time has made."""
    for _ in range(2):
        before = free_kilobytes(small)
        output = small.command("/tests/exhaust processes", 240)
        assert re.search(r"fork: (EAGAIN|ENOMEM) after [1-9][0-9]{2,}", output), output
    assert_back(small, before)
    assert small.command("ls / | grep etc | wc -l").strip() == "1"


BOMB = """sh -c 'ulimit -u 100 2> /dev/null || ulimit -p 100
su nobody -s /bin/sh -c "b() { b | b & }; b"' > /dev/null 2>&1 < /dev/null"""


def test_fork_bomb_of_a_shell(small):
    before = free_kilobytes(small)
    small.sh(BOMB)
    small.sh("sleep 2; for i in 1 2 3; do su nobody -s /bin/sh -c 'kill -9 -1'; sleep 0.5; done")
    assert small.command("ps | grep -c ' nobod[y] ' || true") == "0"
    assert free_kilobytes(small) > before - 8000


def test_memory_hog(small):
    before = free_kilobytes(small)
    output, status = small.sh("/tests/exhaust memory", 240)
    assert status in (0, 137) and ("memory: ENOMEM" in output or status == 137 or "Killed" in output), (output, status)
    assert_back(small, before)


def test_copies_of_memory(small):
    before = free_kilobytes(small)
    output, status = small.sh("/tests/exhaust copies", 240)
    assert status in (0, 137), (output, status)
    assert_back(small, before)


def test_files_that_fill_memory(small):
    before = free_kilobytes(small)
    output, status = small.sh("dd if=/dev/zero of=/tmp/big bs=1M count=1000")
    assert status != 0 and ("No space left" in output or "ut of memory" in output or "annot allocate" in output), output
    small.command("rm /tmp/big")
    assert_back(small, before)


def test_descriptors_of_pipes(small):
    before = free_kilobytes(small)
    output = small.command("/tests/exhaust pipes", 120)
    assert re.search(r"pipes: (EMFILE|ENFILE|ENOMEM) after", output)
    assert_back(small, before)


def test_fork_that_copies_more_than_there_is(small):
    before = free_kilobytes(small)
    assert small.command("/tests/exhaust frames", 120).startswith("frames: ENOMEM")
    assert_back(small, before)


def test_embryo_that_is_too_large(small):
    before = free_kilobytes(small)
    output = small.command("/tests/exhaust embryo", 120)
    assert re.search(r"embryo: ENOMEM after (1[5-9][0-9]|2[0-9][0-9]) MiB", output), output
    assert_back(small, before)


def test_embryos_without_end(small):
    for _ in range(2):
        before = free_kilobytes(small)
        output = small.command("/tests/exhaust embryos", 240)
        assert re.search(r"embryos: (EAGAIN|ENOMEM) after [1-9][0-9]{2,}", output), output
    assert_back(small, before)
    assert small.command("ls / | grep etc | wc -l").strip() == "1"


def test_programs_without_memory(small):
    """Executing is refused while there is none, works again with some, and leaves nothing behind."""
    before = free_kilobytes(small)
    output = small.command("/tests/exhaust programs", 120)
    refused = re.search(r"programs: ([0-9]+) refused after", output)
    assert refused and 0 < int(refused.group(1)) < 60, output
    assert_back(small, before)
    assert small.command("cat /proc/tine/check") == "ok"
