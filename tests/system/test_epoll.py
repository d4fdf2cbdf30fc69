import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("epoll"))
def test_epoll(machine, case):
    programs.run(machine, "epoll", case)
