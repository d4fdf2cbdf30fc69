import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("nameless"))
def test_nameless(machine, case):
    programs.run(machine, "nameless", case)
