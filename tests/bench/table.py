"""Makes the table of costs from consoles: Linux, Tine in both placements, ratios, what the wall costs, budget, met or not.

    table.py FOLDER OUTPUT.md

FOLDER holds what `make bench` keeps: linux.txt, mono.txt, micro.txt, capacity-*.txt, debian-*.txt, native.txt. What is not there has
an empty column, and a line says so.
"""

import pathlib
import sys

import raw

# Row and parameter: the most instructions (an integer) or the largest part of Linux's cost (a fraction).
BUDGETS = {
    ("boot", "-"): 1 / 20,
    ("ipc_call_reply", "6-words"): 330,
    ("getpid", "-"): 150,
    ("getpgid_esrch", "-"): 1.0,
    ("clock_gettime", "libc"): 80,
    ("read_zero", "1"): 1.0,
    ("write_null", "1"): 1.0,
    ("open_close", "/dev/null"): 1 / 2,
    ("pipe_roundtrip", "1"): 1 / 4,
    ("signal_self", "-"): 1 / 2,
    ("first_touch", "page"): 1 / 2,
    ("cow_fault", "child"): 1 / 2,
    ("cow_fault", "parent"): 1 / 2,
    ("write_after_fork", "64MiB"): 1 / 2,
    ("mprotect", "page"): 1 / 4,
    ("mmap_munmap", "page"): 1 / 4,
    ("fork_exit_wait", "0MiB"): 1 / 10,
    ("fork", "1GiB"): 1 / 2000,
    ("fork_exit_wait", "1GiB"): 1 / 1000,
    ("vfork_exec_wait", "tiny"): 1 / 6,
    ("posix_spawn_wait", "tiny"): 1 / 6,
    ("fork_exec_wait", "busybox-true"): 1 / 6,
    ("clone_exit_wait", "none"): 1 / 8,
    **{("clone_exit_wait", f"NEW{kind}"): 1 / 8 for kind in ("UTS", "PID", "USER", "CGROUP", "NS", "IPC")},
    ("clone_exit_wait", "NEWNET"): 1 / 20,
    ("clone_exit_wait", "all_seven"): 1 / 20,
    ("bwrap", "unshare-all"): 1 / 3,
    ("sh_pipeline", "busybox"): 1 / 4,
    ("sh_pipeline", "dash"): 1 / 4,
    ("bash_loop", "1000-true"): 1 / 3,
    ("futex_roundtrip", "-"): 1 / 4,
    ("thread_create_join", "-"): 1 / 5,
    ("bytes_idle_child", "0MiB"): 1 / 2,
    ("bytes_idle_child", "64MiB"): 1 / 10,
    ("count_idle_children", "512MiB"): 7000,
    ("bytes_in_use", "512M"): 1 / 4,
}
COUNTERS = ("ipcs", "faults", "switches", "space_switches", "pages_copied", "pages_zeroed", "tables_shared", "tables_split")


def more_is_better(key):
    return key[0].startswith("count_")


def limit(key, linux):
    """The budget as a number, or None without one."""
    budget = BUDGETS.get(key)
    if isinstance(budget, int) or budget is None:
        return budget
    return int(linux[key] * budget) if key in linux else None


def met(key, value, bound):
    if bound is None:
        return ""
    if value is None:
        return "-"
    return "yes" if (value >= bound if more_is_better(key) else value <= bound) else "NO"


def number(value):
    return "-" if value is None else f"{value:,}"


def ratio(ours, theirs):
    """Of Linux's figure: 1/12 where ours is smaller, 1.25 where it is not."""
    if not ours or not theirs:
        return "-"
    if ours >= theirs:
        return f"{ours / theirs:.2f}"
    factor = theirs / ours
    return f"1/{factor:,.0f}" if factor >= 100 else f"1/{factor:.1f}"


def wall(key, mono, micro):
    """What it costs that the servers are in address spaces of their own."""
    if mono is None or micro is None or key[0].startswith(("count_", "bytes_")):
        return "-"
    return f"{micro - mono:+,}"


def table(systems):
    """systems: {"linux": {key: value}, "mono": ..., "micro": ...}; budgets are micro's."""
    linux, mono, micro = (systems.get(name, {}) for name in raw.SYSTEMS)
    lines = ["| what | | Linux | Tine mono | Tine micro | mono / Linux | micro / Linux | wall | budget | met |"]
    lines.append("|---|---|--:|--:|--:|--:|--:|--:|--:|---|")
    for key in dict.fromkeys([*linux, *micro, *mono, *BUDGETS]):
        theirs, inside, outside, bound = linux.get(key), mono.get(key), micro.get(key), limit(key, linux)
        cells = [*key, number(theirs), number(inside), number(outside), ratio(inside, theirs), ratio(outside, theirs)]
        cells += [wall(key, inside, outside), number(bound), met(key, outside, bound)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def counts_table(counts):
    """Means per operation of the kernel's counters, and of what else begins with tlb_."""
    names = [*COUNTERS, *sorted({name for row in counts.values() for name in row if name.startswith("tlb_")})]
    lines = ["| what | | " + " | ".join(name.replace("_", " ") for name in names) + " |"]
    lines.append("|---|---|" + "--:|" * len(names))
    for key, row in counts.items():
        lines.append(f"| {key[0]} | {key[1]} | " + " | ".join(f"{row[n]:,.1f}" if n in row else "-" for n in names) + " |")
    return "\n".join(lines) + "\n"


def read(folder):
    """The systems that were measured. IPC has no Linux column, and no kernel but the micro one."""
    systems = {}
    for name in raw.SYSTEMS:
        files = [folder / f"{kind}{name}.txt" for kind in ("debian-", "capacity-", "")]  # the last one's boot counts
        native = [folder / "native.txt"] if name == "micro" else []
        if files[-1].exists():
            systems[name] = raw.rows(path for path in files + native if path.exists())
    return systems


def main(folder, output):
    folder = pathlib.Path(folder)
    systems = read(folder)
    with open(output, "w") as file:
        file.write("Executed instructions per operation, mean; QEMU -icount shift=0, one hart. Rows that begin with bytes_\n")
        file.write("and count_ are bytes and numbers. wall: what micro executes more than mono.\n\n")
        for name in raw.SYSTEMS:
            if name not in systems:
                file.write(f"{raw.TITLES[name]} was not measured: there is no {name}.txt.\n\n")
        file.write(table(systems))
        if "micro" in systems:
            file.write("\nWhat instructions do not show, on Tine micro, mean per operation:\n\n")
            file.write(counts_table(raw.counts(folder / "micro.txt")))


if __name__ == "__main__":
    main(*sys.argv[1:])
