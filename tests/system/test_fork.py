import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("fork"))
def test_fork(machine, case):
    programs.run(machine, "fork", case)
