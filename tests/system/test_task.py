import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("task"))
def test_task(machine, case):
    programs.run(machine, "task", case)
