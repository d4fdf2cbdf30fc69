import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("wait"))
def test_wait(machine, case):
    programs.run(machine, "wait", case)
