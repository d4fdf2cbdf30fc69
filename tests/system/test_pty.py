import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("pty"))
def test_pty(machine, case):
    programs.run(machine, "pty", case)
