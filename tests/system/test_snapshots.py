import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("snapshots"))
def test_snapshots(machine, case):
    programs.run(machine, "snapshots", case)
