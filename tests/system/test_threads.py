import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("threads"))
def test_threads(machine, case):
    programs.run(machine, "threads", case)
