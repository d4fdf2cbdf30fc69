"""docs/compatibility.md says of each call what servers/protocol/linux.def says, and leaves none out."""

import importlib.machinery
import importlib.util
import pathlib
import re

ROOT = pathlib.Path(__file__).parent.parent.parent
HEADERS = "/usr/riscv64-linux-gnu/include"  # of the cross compiler: maybe older than those that the table was made from


def load_tool():
    loader = importlib.machinery.SourceFileLoader("compatibility", str(ROOT / "tools/compatibility"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("compatibility", loader))
    loader.exec_module(module)
    return module


TOOL = load_tool()
LINES = re.findall(r"^\| (\d+) \| (\w+) \| (\S+) \| (.*) \|$", (ROOT / "docs/compatibility.md").read_text(), re.MULTILINE)
TABLE = {name: (who, remark) for _, name, who, remark in LINES}
ROWS = TOOL.rows(TOOL.ROWS.read_text())


def test_each_row_is_in_the_table():
    assert ROWS and {name: TABLE.get(name) for name in ROWS} == ROWS


def test_what_is_answered_has_a_row():
    assert [name for name, (who, _) in TABLE.items() if who != TOOL.MISSING and name not in ROWS] == []


def test_every_call_of_linux_is_in_the_table():
    known = TOOL.numbers([HEADERS])
    documented = {name: int(number) for number, name, _, _ in LINES}
    assert len(known) > 300 and {name: documented.get(name) for name in known} == known


def test_the_rows_are_read_whole():
    text = TOOL.ROWS.read_text()
    assert len(ROWS) == len(re.findall(r"^LINUX(?:_WORD)?\((?!tine_)", text, re.MULTILINE))
