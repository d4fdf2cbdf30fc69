"""bubblewrap: rooms made of parts of the root, by root and by a user."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("bwrap"))
def test_script(machine, script):
    debian.run(machine, "bwrap", script, "bash")
