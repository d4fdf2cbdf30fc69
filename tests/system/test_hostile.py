import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("hostile"))
def test_hostile(machine, case):
    programs.run(machine, "hostile", case)
