import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("exec"))
def test_exec(machine, case):
    programs.run(machine, "exec", case)
