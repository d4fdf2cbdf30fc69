"""A kernel panic: what a person reads on the console, and what QEMU tells a script."""

import re
import subprocess

import machine as vm
import pexpect
import pytest

ELF = f"{vm.OUT}/tine.elf"
PANIC_STATUS = 3

pytestmark = pytest.mark.skipif(vm.ON_LINUX, reason="about the text of Tine's panic")


@pytest.fixture(scope="module")
def panicked():
    """The console from the command that crashed the kernel on, and QEMU's exit status."""
    machine = vm.Machine()
    try:
        machine.wait_boot()
        machine.type("echo c > /proc/sysrq-trigger\r")
        machine.console.expect(["kernel panic: ", pexpect.TIMEOUT], timeout=vm.COMMAND_SECONDS)
        status = machine.exit_status()
        yield vm.clean(machine.log.getvalue()).split("kernel panic: ")[-1], status
    finally:
        machine.close()


def functions():
    """Addresses of the kernel's functions by name: a name may be there several times."""
    table = {}
    for line in subprocess.check_output(["riscv64-unknown-elf-nm", ELF], text=True).splitlines():
        address, kind, name = line.split()
        if kind in "tT":
            table.setdefault(name, []).append(int(address, 16))
    return table


def registers(text):
    return dict(re.findall(r"\b(pc|ra|sp|gp|tp|[ast]\d+)\s+([0-9a-f]+)\b", text))


def test_exit_status(panicked):
    assert panicked[1] == PANIC_STATUS


def test_cause(panicked):
    """A store (cause 15) to the page above the stacks, from where the kernel says."""
    csrs = dict(re.findall(r"(scause|stval|sepc|sstatus) ([0-9a-f]+)", panicked[0]))
    assert int(csrs["scause"], 16) == 15
    assert int(csrs["stval"], 16) == 0xFFFFFFFFC0024000
    low = functions()["inv_control_halt"][0]
    assert low <= int(csrs["sepc"], 16) < low + 0x200


def test_registers_of_the_kernel(panicked):
    values = registers(panicked[0].split("registers of the kernel:")[1].split("back trace")[0])
    assert len(values) == 32
    stacks = 0xFFFFFFFFC0000000 if vm.PLACEMENT == "micro" else 0xFFFFFFFB00000000
    assert stacks < int(values["sp"], 16) < 0xFFFFFFFFC0024000


def test_running_thread(panicked):
    """proc, which asked for it: its text lies in the lower half, and its last call was a halt with CRASH."""
    text = re.split(r"\nthread 0x[0-9a-f]+ ran: ", panicked[0])[1]
    values = registers(text)
    assert len(values) == 32
    assert int(values["pc"], 16) < 1 << 38
    assert int(values["a1"], 16) == 2


def test_back_trace(panicked):
    """Every name and offset is that of the address beside it; the way in is among them."""
    lines = re.findall(r"^  ([0-9a-f]{16}) (\S+)\+0x([0-9a-f]+)$", panicked[0], re.MULTILINE)
    table = functions()
    assert len(lines) >= 2
    for address, name, offset in lines:
        assert int(address, 16) - int(offset, 16) in table[name]
    assert lines[0][1] == "inv_control_halt"
    assert {"trap_ecall", "trap_operation", "operation"} & {name for _, name, _ in lines}  # as the compiler put them together
