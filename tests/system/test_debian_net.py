"""iproute2, and network namespaces by the tools of util-linux and by bubblewrap."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("net"))
def test_script(machine, script):
    debian.run(machine, "net", script, "bash")
