import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("descriptors"))
def test_descriptors(machine, case):
    programs.run(machine, "descriptors", case)
