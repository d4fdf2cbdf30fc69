import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("namespaces"))
def test_namespaces(machine, case):
    programs.run(machine, "namespaces", case)
