import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("mm"))
def test_mm(machine, case):
    programs.run(machine, "mm", case)
