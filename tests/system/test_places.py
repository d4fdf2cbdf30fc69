"""Where the image lies in RAM, and how much RAM there is: the same bytes boot to a shell everywhere."""

import pathlib
import struct
import subprocess

import machine as vm
import pytest

MIB = 1 << 20
RAM = 0x80000000


@pytest.fixture
def boot_at(boot, tmp_path):
    """Boots with the image at an address: QEMU starts a program in its place that goes there."""

    def start(address, options=(), **arguments):
        jump = tmp_path / "jump.bin"
        # auipc t0, 0; ld t0, 16(t0); jr t0; nop; the address
        jump.write_bytes(struct.pack("<4IQ", 0x00000297, 0x0102B283, 0x00028067, 0x00000013, address))
        loader = f"loader,file={vm.KERNEL},addr={address:#x},force-raw=on"
        return boot(kernel=str(jump), options=["-device", loader, *options], **arguments)

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


# Each a different range of what the machine has: RAM that begins elsewhere, in several nodes, with holes.
TREES = {
    "begins-higher": [(0x90000000, 0x10000000)],
    "two-nodes": [(0x88000000, 0x08000000), (0x94000000, 0x0C000000)],
    "unordered": [(0x96000000, 0x06000000), (0x88000000, 0x0C000000)],
}


@pytest.mark.parametrize("name", TREES)
def test_memory_elsewhere(boot_at, tmp_path, name):
    """The tree has RAM only where it says so; the firmware, below, is none of the kernel's memory."""
    tree, ranges = tmp_path / "tree.dtb", TREES[name]
    subprocess.run(["qemu-system-riscv64", "-M", f"virt,dumpdtb={tree}", "-m", "512M", "-nographic"], check=True)
    subprocess.run(["fdtput", "-r", tree, "/memory@80000000"], check=True)
    for start, size in ranges:
        node = f"/memory@{start:x}"
        subprocess.run(["fdtput", "-c", tree, node], check=True)
        subprocess.run(["fdtput", "-t", "s", tree, node, "device_type", "memory"], check=True)
        subprocess.run(["fdtput", "-t", "x", tree, node, "reg", "0", f"{start:x}", "0", f"{size:x}"], check=True)
    # QEMU puts the initrd 128 MiB above the program that jumps, and its own copy of the tree at the end of RAM.
    initrd = ["-device", f"loader,file={vm.INITRD},addr=0x99000000,force-raw=on"]
    size = pathlib.Path(vm.INITRD).stat().st_size
    for name, value in (("linux,initrd-start", 0x99000000), ("linux,initrd-end", 0x99000000 + size)):
        subprocess.run(["fdtput", "-t", "x", tree, "/chosen", name, "0", f"{value:x}"], check=True)
    subprocess.run(["fdtput", "-t", "s", tree, "/chosen", "bootargs", vm.APPEND], check=True)
    machine = boot_at(0x99000000 - 48 * MIB, initrd=None, append=None, options=["-dtb", str(tree), *initrd])
    assert place(machine) == "1"
    total = int(machine.command("sed -n 's/MemTotal: *//p' /proc/meminfo").split()[0])
    assert 0.6 < total * 1024 / sum(size for _, size in ranges) <= 1


@pytest.mark.skipif(vm.ON_LINUX, reason="Linux says nothing")
def test_place_between_two_big_pages(boot_at):
    machine = boot_at(RAM + 5 * MIB)
    machine.expect("multiple of 2 MiB", vm.BOOT_SECONDS)


@pytest.mark.parametrize("memory", ["64M", "129M", "1G", "3G"] if not vm.ON_LINUX else ["129M", "1G", "3G"])
def test_memory(boot, memory):
    """Linux with the same archive needs more than 64 MiB."""
    assert place(boot(memory=memory)) == "1"
