"""redis-server: a process with threads that forks to save."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("redis"))
def test_script(machine, script):
    debian.run(machine, "redis", script, "bash")
