import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("netns"))
def test_netns(machine, case):
    programs.run(machine, "netns", case)
