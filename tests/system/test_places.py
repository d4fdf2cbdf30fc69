"""Where the image lies in RAM, and how much RAM there is: the same bytes boot to a shell everywhere."""

import struct

import machine as vm
import pytest

MIB = 1 << 20
RAM = 0x80000000


@pytest.fixture
def boot_at(boot, tmp_path):
    """Boots with the image at an address: QEMU starts a program in its place that goes there."""

    def start(address, **arguments):
        jump = tmp_path / "jump.bin"
        # auipc t0, 0; ld t0, 16(t0); jr t0; nop; the address
        jump.write_bytes(struct.pack("<4IQ", 0x00000297, 0x0102B283, 0x00028067, 0x00000013, address))
        loader = f"loader,file={vm.KERNEL},addr={address:#x},force-raw=on"
        return boot(kernel=str(jump), options=["-device", loader], **arguments)

    return start


def place(machine):
    """Boots, looks at what depends on the place, and gives the shell's count of folders."""
    machine.wait_boot()
    if not vm.ON_LINUX:
        assert "ok" in machine.command("cat /proc/tine/check").split("\n")
    return machine.command("ls / | grep etc | wc -l").strip()


# The initrd lies 128 MiB above the program that jumps, the device tree in the last 2 MiB.
@pytest.mark.parametrize("offset", [4 * MIB, 64 * MIB, 256 * MIB, 400 * MIB])
def test_place(boot_at, offset):
    assert place(boot_at(RAM + offset)) == "1"


@pytest.mark.skipif(vm.ON_LINUX, reason="Linux says nothing")
def test_place_between_two_big_pages(boot_at):
    machine = boot_at(RAM + 5 * MIB)
    machine.expect("multiple of 2 MiB", vm.BOOT_SECONDS)


@pytest.mark.parametrize("memory", ["64M", "129M", "1G", "3G"] if not vm.ON_LINUX else ["129M", "1G", "3G"])
def test_memory(boot, memory):
    """Linux with the same archive needs more than 64 MiB."""
    assert place(boot(memory=memory)) == "1"
