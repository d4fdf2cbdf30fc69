"""Other machines and another boot loader, the same image: SiFive's board as QEMU has it, and U-Boot from a disk."""

import shutil
import subprocess

import machine as vm
import pytest

UBOOT = "/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf"


def try_the_shell(machine):
    assert machine.command("ls / | grep etc | wc -l").strip() == "1"
    if not vm.ON_LINUX:
        assert "ok" in machine.command("cat /proc/tine/check").split("\n")
    # More than any FIFO and the driver's ring hold, both ways of the console.
    assert len(machine.command("i=0; while [ $i -lt 400 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done")) > 16000
    machine.type("sleep 100\r")
    machine.settle(0.5)
    machine.type("\x03")
    machine.expect(vm.PROMPT)


@pytest.mark.skipif(vm.ON_LINUX, reason="its console is ttySIF0, for which the test archive has no shell")
@pytest.mark.parametrize("harts", [2, 5])
def test_sifive_u(boot, harts):
    """Hart 0 has no MMU and no supervisor context; another UART, other lines; the firmware can restart, not switch off."""
    machine = boot(board="sifive_u", smp=harts).wait_boot()
    try_the_shell(machine)
    machine.type("reboot -f\r")
    assert machine.exit_status() == 0


def one_hart_of_two(path):
    """The tree of a machine of two harts, of which it says that one is not to be used."""
    subprocess.run(["qemu-system-riscv64", "-M", f"virt,dumpdtb={path}", "-m", "512M", "-smp", "2", "-nographic"], check=True)
    subprocess.run(["fdtput", "-t", "s", path, "/cpus/cpu@1", "status", "disabled"], check=True)


def disk(folder, path, append, tree=False):
    """A disk as a distribution makes it: kernel, initramfs, a device tree if so asked, and extlinux.conf."""
    (folder / "extlinux").mkdir(parents=True)
    shutil.copy(vm.KERNEL, folder / "Image")
    shutil.copy(vm.INITRD, folder / "initrd.cpio")
    if tree:
        one_hart_of_two(folder / "virt.dtb")
    (folder / "extlinux" / "extlinux.conf").write_text(
        "default tine\ntimeout 1\nlabel tine\n  kernel /Image\n  initrd /initrd.cpio\n"
        + ("  fdt /virt.dtb\n" if tree else "")
        + f"  append {append}\n"
    )
    subprocess.run(["tools/disk", folder, path], check=True)


@pytest.mark.parametrize("memory, tree", [("512M", False), ("2G", False), ("512M", True)])
def test_u_boot(boot, tmp_path, memory, tree):
    """U-Boot finds extlinux.conf on the bootable partition, loads what it names, and enters with booti."""
    image = tmp_path / "disk"
    disk(tmp_path / "files", image, vm.APPEND + " through=u-boot", tree)
    options = ["-drive", f"file={image},format=raw,if=none,id=disk", "-device", "virtio-blk-device,drive=disk"]
    machine = boot(kernel=UBOOT, initrd=None, append=None, memory=memory, options=options, smp=2)
    machine.expect("Retrieving file: /Image", vm.BOOT_SECONDS)
    if tree:
        machine.expect("Retrieving file: /virt.dtb", vm.BOOT_SECONDS)
    machine.expect("Starting kernel", vm.BOOT_SECONDS)
    machine.wait_boot()
    try_the_shell(machine)
    assert machine.command("cat /proc/cmdline").split()[-1] == "through=u-boot"
    assert machine.command("nproc") == ("1" if tree else "2")
    machine.type("poweroff -f\r")
    assert machine.exit_status() == 0
