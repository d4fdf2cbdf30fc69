"""Scripts for Debian's bash, unmodified."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("bash"))
def test_script(machine, script):
    debian.run(machine, "bash", script, "bash")
