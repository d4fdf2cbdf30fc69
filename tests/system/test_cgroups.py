import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("cgroups"))
def test_cgroups(machine, case):
    programs.run(machine, "cgroups", case)
