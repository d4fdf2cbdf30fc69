import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("personality"))
def test_personality(machine, case):
    programs.run(machine, "personality", case)
