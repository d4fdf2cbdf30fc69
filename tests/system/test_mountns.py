import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("mountns"))
def test_mountns(machine, case):
    programs.run(machine, "mountns", case)
