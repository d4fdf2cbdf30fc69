import pytest

import programs


@pytest.mark.parametrize("case", programs.cases("images"))
def test_images(machine, case):
    programs.run(machine, "images", case)
