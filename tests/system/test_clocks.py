import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("clocks"))
def test_clocks(machine, case):
    programs.run(machine, "clocks", case)
