"""tools/flash-check: passes the card that `make sdcard` makes, and names what is wrong with one that was damaged."""

import shutil
import subprocess

import machine as vm
import pytest

FIRST_PARTITION = 8 << 20
TABLE = 2 * 512

pytestmark = pytest.mark.skipif(vm.ON_LINUX, reason="about files of the host")


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    subprocess.run(["make", "-s", "build/sdcard-visionfive2.img"], check=True)
    return shutil.copy("build/sdcard-visionfive2.img", folder / "card.img")


def verdict(path):
    done = subprocess.run(["tools/flash-check", path], capture_output=True, text=True)
    return done.returncode, done.stdout


def damaged(card, tmp_path, damage):
    copy = tmp_path / "card.img"
    shutil.copy(card, copy)
    damage(copy)
    status, said = verdict(copy)
    assert status == 1
    return said


def flip(offset):
    def damage(path):
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    return damage


def mtools(*command):
    def damage(path):
        subprocess.run([command[0], "-i", f"{path}@@{FIRST_PARTITION}", *command[1:]], check=True, stdin=subprocess.DEVNULL)

    return damage


def test_whole(card):
    status, said = verdict(card)
    assert (status, said.strip().split()[-1]) == (0, "whole")


@pytest.mark.parametrize("offset, about", [(512, "no GPT"), (512 + 72, "header"), (TABLE + 40, "entries"), (TABLE + 2 * 128 + 48, "entries")])
def test_damaged_table(card, tmp_path, offset, about):
    assert about in damaged(card, tmp_path, flip(offset))


@pytest.mark.parametrize("path", ["/Image", "/initrd.cpio", "/visionfive2.dtb", "/vf2_uEnv.txt", "/extlinux/extlinux.conf"])
def test_missing_file(card, tmp_path, path):
    assert f"{path} is missing" in damaged(card, tmp_path, mtools("mdel", "::" + path))


@pytest.mark.parametrize("path, about", [("/Image", "Linux Image"), ("/initrd.cpio", "newc"), ("/visionfive2.dtb", "device tree"),
                                         ("/vf2_uEnv.txt", "two whole lines")])
def test_other_contents(card, tmp_path, path, about):
    other = tmp_path / "other"
    other.write_bytes(b"something else " * 1000)
    assert about in damaged(card, tmp_path, mtools("mcopy", "-o", str(other), "::" + path))


def test_cut_off(card, tmp_path):
    """A card that was pulled out while it was written: the end of the archive is missing."""
    image = tmp_path / "short"
    whole = subprocess.run(["mtype", "-i", f"{card}@@{FIRST_PARTITION}", "::/initrd.cpio"], capture_output=True, check=True).stdout
    image.write_bytes(whole[: len(whole) // 2])
    assert "no end" in damaged(card, tmp_path, mtools("mcopy", "-o", str(image), "::/initrd.cpio"))
