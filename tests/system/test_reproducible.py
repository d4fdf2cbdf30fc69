"""Two builds of one commit are equal, wherever they are made. Copies the sources, so that this one's build/ stays alone."""

import pathlib
import shutil
import subprocess

import machine as vm
import pytest

SOURCES = ["Makefile", "kernel", "libc", "sbi", "servers", "tests", "tools", "user"]
IMAGES = ["tine.bin", "rootfs.cpio"]

pytestmark = pytest.mark.skipif(vm.ON_LINUX or vm.PLACEMENT != "micro", reason="about the build of the default images")


def test_build_in_another_folder(tmp_path):
    here = pathlib.Path.cwd()
    there = tmp_path / "another" / "folder-with-a-longer-name"
    there.mkdir(parents=True)
    for name in SOURCES:
        source = here / name
        shutil.copytree(source, there / name) if source.is_dir() else shutil.copy(source, there / name)
    (there / "build").mkdir()
    (there / "build" / "debs").symlink_to((here / "build" / "debs").resolve())
    built = subprocess.run(["make", "-s", "image"], cwd=there, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    for image in IMAGES:
        assert (there / "build" / image).read_bytes() == (here / "build" / image).read_bytes(), image
