import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("clone"))
def test_clone(machine, case):
    programs.run(machine, "clone", case)
