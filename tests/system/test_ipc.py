import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("ipc"))
def test_ipc(machine, case):
    programs.run(machine, "ipc", case)
