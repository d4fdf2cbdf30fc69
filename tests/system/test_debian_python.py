"""Debian's Python: its library and its ways to make processes."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("python"))
def test_script(machine, script):
    debian.run(machine, "python", script, "python3 -uW ignore")
