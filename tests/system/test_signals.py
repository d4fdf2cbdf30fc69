import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("signals"))
def test_signals(machine, case):
    programs.run(machine, "signals", case)
