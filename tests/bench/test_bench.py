"""The benchmark's readers, table and plots, on consoles made by hand."""

import plots
import pytest
import raw
import strategies
import table

CONSOLE = """OpenSBI v1.1
bench getpid - 386
bench fork 1GiB 35865325
bench fork_by auto-16MiB n/a
[    4.8] reboot: Power down
count fork 1GiB tlb_flushes 3.14
count fork 1GiB ipcs 6.00
"""
FORKLAB = """Boot HART ID : 0
experiment,strategy,parameter,metric,value,unit
size,auto,0,fork,17000,ns
size,tree,0,fork,16000,ns
size,auto,1073741824,fork,18000,ns
forklab done
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "linux.txt").write_text(CONSOLE)
    (tmp_path / "micro.txt").write_text(CONSOLE.replace("386", "33").replace("35865325", "18400"))
    (tmp_path / "capacity-micro.txt").write_text("bench count_idle_children 512MiB 11822\n")
    (tmp_path / "forklab-micro.txt").write_text(FORKLAB)
    return tmp_path


def test_rows_leave_out_what_is_not_available(folder):
    assert raw.rows([folder / "linux.txt"]) == {("getpid", "-"): 386, ("fork", "1GiB"): 35865325}
    assert raw.counts(folder / "linux.txt") == {("fork", "1GiB"): {"tlb_flushes": 3.14, "ipcs": 6.0}}


def test_forklab_records_after_whatever_the_firmware_says(folder):
    records = raw.forklab(folder / "forklab-micro.txt")
    assert raw.series(records, "size", "fork", "auto") == [(0, 17000), (1073741824, 18000)]
    assert raw.series(records, "size", "fork", "nodes") == []


@pytest.mark.parametrize("ours, theirs, text", [(33, 386, "1/11.7"), (429, 429, "1.00"), (452, 429, "1.05"), (18400, 35865325, "1/1,949"),
                                                (None, 5, "-"), (5, None, "-")])
def test_ratio(ours, theirs, text):
    assert table.ratio(ours, theirs) == text


def test_budgets_are_kept_or_missed():
    linux = {("fork", "1GiB"): 36_000_000, ("getpgid_esrch", "-"): 429}
    assert table.limit(("fork", "1GiB"), linux) == 18000
    assert table.limit(("fork", "1GiB"), {}) is None and table.limit(("getpid", "-"), {}) == 150
    assert table.met(("fork", "1GiB"), 18000, 18000) == "yes" and table.met(("fork", "1GiB"), 18001, 18000) == "NO"
    assert table.met(("count_idle_children", "512MiB"), 7000, 7000) == "yes"
    assert table.met(("count_idle_children", "512MiB"), 6999, 7000) == "NO"
    assert table.met(("getpid", "-"), None, 150) == "-"


def test_the_wall_is_micro_less_mono():
    assert table.wall(("fork", "1GiB"), 10000, 18400) == "+8,400" and table.wall(("fork", "1GiB"), 5, 3) == "-2"
    assert table.wall(("bytes_idle_child", "0MiB"), 5, 3) == "-" and table.wall(("fork", "1GiB"), None, 3) == "-"


def row_of(text, *cells):
    return next(line for line in text.split("\n") if line.startswith("| " + " | ".join(cells) + " |"))


def test_the_whole_table(folder):
    table.main(folder, folder / "table.md")
    text = (folder / "table.md").read_text()
    assert "Tine mono was not measured" in text and "Linux was not" not in text
    assert row_of(text, "getpid", "-") == "| getpid | - | 386 | - | 33 | - | 1/11.7 | - | 150 | yes |"
    assert row_of(text, "fork", "1GiB").endswith("| 17,932 | NO |")
    assert row_of(text, "count_idle_children", "512MiB").endswith("| 7,000 | yes |")
    assert row_of(text, "pipe_roundtrip", "1").endswith("| - |  |")
    assert "| fork | 1GiB | 6.0 |" in text and "tlb flushes" in text


def test_columns_of_a_plot(folder):
    laboratories = {"micro": raw.forklab(folder / "forklab-micro.txt")}
    assert plots.columns(laboratories, "size", "fork") == (
        'x "Tine micro" "micro, tree"\n' f"{plots.NOTHING:g} 17000 16000\n" "1024 18000 -\n"
    )


def test_auto_is_compared_with_the_best(tmp_path):
    """A row in which it is dearer by more than a tie is named; what frames saves after the fork does not count."""
    costs = {
        "auto": {("fork", "a"): 104, ("fork", "b"): 106, ("cow_fault", "child"): 1000},
        "tree": {("fork", "a"): 100, ("fork", "b"): 100, ("cow_fault", "child"): 1001},
        "nodes": {}, "entries": {("fork", "a"): 300},
        "frames": {("fork", "a"): 900, ("cow_fault", "child"): 2},
    }
    text, lost = strategies.table(costs)
    assert [key for key, _ in lost] == [("fork", "b")]
    assert "| cow_fault | child | **1,000** | 1,001 | - | - | 2 |" in text
