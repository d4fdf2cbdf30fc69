import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("become"))
def test_become(machine, case):
    programs.run(machine, "become", case)
