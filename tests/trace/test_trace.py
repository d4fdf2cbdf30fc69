"""The trace's reader and renderers, on a log made by hand and on that of a command."""

import json
import pathlib
import subprocess

import events
import pytest
import render
import symbols

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRAP, LEAVE, FUNCTION = 0x1000, 0x2000, 0x3000
NAMES = events.Names(
    sites={TRAP: ("trap", ""), LEAVE: ("leave", ""), FUNCTION: ("process_fork", "`fork.c:1`")},
    ranges={"proc": (0x2000000, 0x2010000)},
    calls={172: "getpid", 220: "clone", 221: "execve", 167: "prctl"},
    operations={1: "TINE_CALL", 3: "TINE_REPLY_RECEIVE", 33: "TINE_SPACE_CLONE"},
    arguments={"SPACE_CLONE": ["space", "addr"]},
    labels={1024: "VFS_FORK"},
)
PARENT, CHILD, PROC = 0xC100, 0xC200, 0xC300


def dump(**registers):
    """Registers as QEMU prints them, the general ones with their numbers."""
    values = {f"a{i}": 0 for i in range(8)} | {"t0": 0, "t2": 0, "sepc": 0x10000, "scause": 8, "stval": 0} | registers
    general = {name: f"x1/{name}" if name[0] in "at" else name for name in values}
    return [f" {general[name]:8} {value & (1 << 64) - 1:016x}" for name, value in values.items()]


def hop(count, address, thread, pid, **registers):
    return [*dump(**registers), f"hop {count} {address:x} {thread:x} {pid}"]


def native(count, op, **registers):
    return hop(count, TRAP, PROC, 0, a7=-op, sepc=0x2000100, **registers)


FORK = [
    *hop(100, TRAP, PARENT, 1, a7=220, a0=17),
    *hop(240, LEAVE, PROC, 0),
    *hop(260, FUNCTION, PROC, 0),
    *native(300, 33, a0=0x2B, a1=0x1000),
    *hop(900, LEAVE, PROC, 0),
    *native(950, 3, a0=5),
    *hop(1100, LEAVE, PARENT, 1, a0=5),
    *hop(1200, TRAP, PARENT, 1, a7=172),
    *hop(1230, LEAVE, PARENT, 1, a0=1),
]


def read(lines):
    return events.rename_servers(list(events.Reader(NAMES).read(lines)))


def test_a_fork_is_read():
    found = read(FORK)
    assert [e["kind"] for e in found[:4]] == ["trap", "leave", "enter", "trap"]
    assert [e["who"] for e in found[:4]] == ["run[1]", "proc", "proc", "proc"]
    assert found[0]["text"].startswith("clone(0x11, ") and found[3]["text"] == "SPACE_CLONE(space 0x2b, addr 0x1000)"
    assert [e["switched"] for e in found if e["kind"] == "leave"] == [True, False, True, False]
    assert found[6]["text"] == "clone = 5" and found[6]["ends"] is found[0]


def test_the_trip_of_a_fork():
    trip = render.trip(read(FORK))
    assert [e["count"] for e in trip] == [100, 240, 260, 300, 900, 950, 1100]
    sums = render.sums(trip)
    assert sum(sums.values()) == 1000
    assert sums[("kernel", "for proc")] == 600 + 150 and sums[("proc", "runs")] == 20 + 40 + 50
    assert len(render.hop_table(trip).strip().split("\n")) == 2 + len(trip)
    assert render.trip(read(FORK[: -len(hop(0, 0, 0, 0)) * 3])) == []


def test_a_program_is_called_by_its_argument():
    lines = [*hop(10, TRAP, PARENT, 1, a7=221), "path /proc/self/exe ls", *hop(20, LEAVE, PROC, 0)]
    lines += [*native(30, 3), *hop(40, LEAVE, PARENT, 1), *hop(50, TRAP, PARENT, 1, a7=172)]
    assert read(lines)[-1]["who"] == "ls[1]"


def test_a_child_is_called_as_its_parent():
    lines = [*FORK[: len(hop(0, 0, 0, 0)) * 5], *hop(910, TRAP, PROC, 0, a7=-99, sepc=0x2000100)]
    lines += hop(920, LEAVE, CHILD, 5)
    assert read(lines)[-1]["who"] == "run[5]"


def test_faults_and_interrupts():
    lines = [*hop(10, TRAP, PARENT, 1, scause=15, stval=0x7000), *hop(20, LEAVE, PARENT, 1)]
    lines += hop(30, TRAP, PARENT, 1, scause=1 << 63 | 5)
    found = read(lines)
    assert found[0]["text"] == "fault: write of 0x7000" and found[2]["text"] == "interrupt 5"


def test_negative_results():
    lines = [*hop(10, TRAP, PARENT, 1, a7=167), *hop(20, LEAVE, PARENT, 1, a0=-22)]
    assert read(lines)[1]["text"] == "prctl = -22"


def test_the_window_is_that_of_the_last_run():
    mark = lambda count: hop(count, TRAP, PARENT, 1, a7=167, a0=events.MARK)
    lines = [*mark(1), *mark(2), *mark(100), *FORK, *mark(2000)]
    assert [e["count"] for e in events.window(read(lines))] == [100, 240, 260, 300, 900, 950, 1100, 1200, 1230]
    assert events.window(read(FORK)) == []


def test_chrome_accounts_for_every_instruction():
    found = read(FORK)
    rows = json.loads(render.chrome(found))["traceEvents"]
    spans = [r for r in rows if r["ph"] == "X" and r["tid"] == 1]
    assert sum(r["args"]["instructions"] for r in spans) == found[-1]["count"] - found[0]["count"]
    assert {r["args"]["name"] for r in rows if r["ph"] == "M" and r["name"] == "process_name"} == {"kernel", "proc", "run[1]"}
    assert [r["name"] for r in rows if r["ph"] == "X" and r["tid"] == 2] == ["clone", "getpid"]


def test_names_come_from_the_headers():
    header = ROOT / "kernel/include/tine.h"
    operations = symbols.enumeration(header, "tine_op")
    assert operations[1] == "TINE_CALL" and "TINE_SPACE_CLONE" in operations.values()
    assert symbols.operation_arguments(header)["SPACE_UNMAP"] == ["space", "addr", "npages"]
    assert "VFS_FORK" in symbols.enumeration(ROOT / "servers/protocol/vfs.h", "vfs_label").values()


@pytest.fixture(scope="module")
def traced():
    """The trace of a program that forks, by `make trace`."""
    subprocess.run(["make", "-s", "trace", "CMD=forklab --nothing"], cwd=ROOT, check=True, timeout=280)
    return ROOT / "build/trace"


def in_this_order(names, text):
    at = -1
    for name in names:
        at = text.find(name, at + 1)
        assert at >= 0, f"no {name} after those before it in:\n{text}"


def test_the_hops_of_docs_fork(traced):
    """docs/fork.md says by what hops a fork goes; this is the fork of a command, from outside."""
    hops = ["`clone(", "`sys_clone`", "`process_fork`", "`SPACE_CREATE", "`SPACE_CLONE", "`THREAD_CREATE", "`CALL VFS_FORK",
            "| vfs | runs", "`THREAD_START", "`REPLY_RECEIVE value", "`clone = "]
    in_this_order(hops, (traced / "fork.md").read_text())


def test_the_names_of_programs_and_servers(traced):
    text = (traced / "trace.txt").read_text()
    for who in ("run[1]", "forklab[3]", "proc", "vfs"):
        assert f" {who} " in text
    in_this_order(["clone(", "execve(", "exit_group(", "wait4 = 3"], text)


def test_the_trace_opens_as_json(traced):
    rows = json.loads((traced / "trace.json").read_text())["traceEvents"]
    assert all(r["dur"] >= 0 and r["ts"] >= 0 for r in rows if r["ph"] == "X")
    assert any(r["name"] == "execve" and r["ph"] == "X" for r in rows)
