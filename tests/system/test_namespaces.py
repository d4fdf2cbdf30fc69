import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("namespaces"))
def test_namespaces(machine, case):
    programs.run(machine, "namespaces", case)


@pytest.mark.parametrize("case", programs.cases("pidns"))
def test_pid_namespaces(machine, case):
    programs.run(machine, "pidns", case)


@pytest.mark.parametrize("case", programs.cases("userns"))
def test_user_namespaces(machine, case):
    programs.run(machine, "userns", case)
