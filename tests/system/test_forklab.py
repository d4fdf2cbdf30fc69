"""forklab on whatever kernel this is: its formats, and that its figures can be true."""

import csv
import json

import machine as vm
import pytest

STRATEGIES = {"-"} if vm.ON_LINUX else {"auto", "frames", "entries", "nodes", "tree"}
SMALL = "--rounds 1 --most 4M"


def records(machine, words):
    lines = machine.command(f"forklab --csv {SMALL} {words}", timeout=120).split("\n")
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("experiment, parameters, metrics", [
    ("size", {0, 1 << 20, 4 << 20}, {"fork", "fork_exit_wait"}),
    ("written", {0, 1, 10, 50, 100}, {"fork_and_write"}),
    ("regions", {1, 8, 64, 512, 4096}, {"fork", "fork_exit_wait"}),
    ("threads", {1, 4, 16, 64}, {"fork", "fork_exit_wait"}),
])
def test_by_strategy(machine, experiment, parameters, metrics):
    found = records(machine, experiment)
    cells = {(r["strategy"], int(r["parameter"]), r["metric"]) for r in found}
    assert cells == {(s, p, m) for s in STRATEGIES for p in parameters for m in metrics}
    assert all(r["experiment"] == experiment and r["unit"] == "ns" and int(r["value"]) > 0 for r in found)


def test_starting_programs(machine):
    found = records(machine, "exec")
    assert {r["metric"] for r in found} == {"fork_exec_wait", "vfork_exec_wait", "posix_spawn_wait"} and len(found) == 6


def test_idle_children(machine):
    found = records(machine, "idle")
    small = [int(r["value"]) for r in found if r["parameter"] == "0" and r["strategy"] in ("-", "auto")]
    assert len(small) == 1 and 4096 < small[0] < 1 << 20


def test_json(machine):
    document = json.loads(machine.command(f"forklab --json {SMALL} size exec", timeout=120))
    assert document["system"] == "Linux" and {r["experiment"] for r in document["records"]} == {"size", "exec"}


def test_tables(machine):
    text = machine.command(f"forklab {SMALL} size", timeout=120)
    heading = next(line for line in text.split("\n") if line.split()[:1] == ["bytes"])
    assert set(heading.split()[1:]) == STRATEGIES and " 4 MiB  fork_exit_wait" in text


@pytest.mark.parametrize("words", ["--nonsense", "nonsense", "--most", "--most x", "--rounds 0", "size nonsense"])
def test_what_it_does_not_know(machine, words):
    output, status = machine.sh(f"forklab {words}")
    assert status == 2 and "try --help" in output


def test_help(machine):
    assert "EXPERIMENT" in machine.command("forklab --help")
