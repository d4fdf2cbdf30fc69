"""What takes minutes: `make test-debian`, and no part of `make test`."""

import pytest

import debian

ROOT = "debian"


@pytest.mark.parametrize("script", debian.cases("long"))
def test_script(machine, script):
    debian.run(machine, "long", script, "python3 -uW ignore", 600)
