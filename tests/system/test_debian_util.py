"""util-linux and procps."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("util"))
def test_script(machine, script):
    debian.run(machine, "util", script, "bash")
