import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("timers"))
def test_timers(machine, case):
    programs.run(machine, "timers", case)
