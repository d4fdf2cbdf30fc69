"""The C programs in tests/system/programs/: each TEST(name) in them becomes one pytest case of its own."""

import pathlib
import re

SOURCES = pathlib.Path(__file__).parent / "programs"


def cases(program):
    """The names of the tests in that program, in the order of its source."""
    return re.findall(r"^TEST\((\w+)\)", (SOURCES / f"{program}.c").read_text(), re.MULTILINE)


def run(machine, program, case, timeout=60):
    """Runs one test of the program on the machine; its `not ok` lines are the failure's text."""
    output, status = machine.sh(f"/tests/{program} {case}", timeout)
    assert status == 0 and f"ok {case}" in output.split("\n"), f"status {status}\n{output}"
