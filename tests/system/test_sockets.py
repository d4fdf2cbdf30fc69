import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("sockets"))
def test_sockets(machine, case):
    programs.run(machine, "sockets", case)
