import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("many"))
def test_many(boot, case):
    machine = boot(memory="1G").wait_boot()  # Linux takes 200 KB for a process
    programs.run(machine, "many", case, timeout=250)
