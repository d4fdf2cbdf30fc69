import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("mounts"))
def test_mounts(machine, case):
    programs.run(machine, "mounts", case)
