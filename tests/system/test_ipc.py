import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("ipc"))
def test_ipc(machine, case):
    programs.run(machine, "ipc", case)


@pytest.mark.parametrize("case", programs.cases("shm"))
def test_shared_memory(machine, case):
    programs.run(machine, "shm", case)
