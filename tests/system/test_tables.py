import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("tables"))
def test_tables(machine, case):
    programs.run(machine, "tables", case)
