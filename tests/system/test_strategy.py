import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("strategy"))
def test_strategy(machine, case):
    programs.run(machine, "strategy", case)
