"""Scripts of coreutils, findutils, tar, gzip, grep, sed and awk."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("coreutils"))
def test_script(machine, script):
    debian.run(machine, "coreutils", script, "bash")
