"""The kernel asks often enough whether an interrupt waits: counted in instructions, which are exact. And the tool that counts."""

import pathlib
import subprocess

import pytest
import stretch

ROOT = pathlib.Path(__file__).resolve().parents[2]


class FakeFunctions:
    def at(self, address):
        return {0x10: "short", 0x20: "long", 0x24: "long"}[address]


def test_log(tmp_path):
    log = tmp_path / "log"
    log.write_text("hart 0 user 10 kernel 20 lock 3\nstretch 7 10\nstretch 60000 20\nstretch 50000 24\n")
    assert stretch.read(log, FakeFunctions()) == ([(0, 10, 20, 3)], {"short": 7, "long": 60000})


def test_too_long():
    assert stretch.too_long({"short": 7, "long": stretch.LIMIT + 1, "just": stretch.LIMIT, "check_all": 10**6}) == {"long": stretch.LIMIT + 1}


@pytest.mark.parametrize("elf", ["build/tine.elf", "build/tine-native.elf"])
def test_the_kernel_asks_somewhere(elf):
    assert len(stretch.asking(ROOT / elf)) > 10


def test_no_operation_is_long():
    """Of programs that provoke the long ones, and of a hostile client of the kernel's own operations."""
    done = subprocess.run(["make", "--no-print-directory", "-s", "stretch"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout.decode())
    assert done.returncode == 0
