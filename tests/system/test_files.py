import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("files"))
def test_files(machine, case):
    programs.run(machine, "files", case)
