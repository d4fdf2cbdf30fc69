import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("openat2"))
def test_openat2(machine, case):
    programs.run(machine, "openat2", case)
