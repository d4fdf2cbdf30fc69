"""The demos of user/demos, with Debian's C library and with musl: each says on Tine what it says on Linux.

What that is stands in user/demos/NAME.expected. Recorded on Linux as debian.py tells.
"""

import pathlib

import pytest

import debian

ROOT = "debian"
DEMOS = pathlib.Path("user/demos")


@pytest.mark.parametrize("libc", ["", "musl/"], ids=["glibc", "musl"])
@pytest.mark.parametrize("demo", sorted(path.stem for path in DEMOS.glob("*.c")))
def test_demo(machine, demo, libc):
    output = machine.command(f"/demos/{libc}{demo} | cat", 60) + "\n"
    expected = DEMOS / f"{demo}.expected"
    if debian.RECORD:
        expected.write_text(output)
    assert output == expected.read_text()
