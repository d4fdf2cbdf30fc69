"""Scripts for Debian's dash, unmodified."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("dash"))
def test_script(machine, script):
    debian.run(machine, "dash", script, "dash")
