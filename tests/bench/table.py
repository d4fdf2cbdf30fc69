"""Makes the table of costs from two consoles: Linux, Tine, ratio, budget, met or not.

    table.py LINUX.txt TINE.txt OUTPUT.md
"""

import sys

# Row and parameter: the most instructions (an integer) or the largest part of Linux's cost (a fraction).
BUDGETS = {
    ("boot", "-"): 1 / 20,
    ("ipc_call_reply", "6-words"): 320,
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
    ("mprotect", "page"): 1 / 4,
    ("mmap_munmap", "page"): 1 / 4,
    ("fork_exit_wait", "0MiB"): 1 / 8,
    ("vfork_exec_wait", "tiny"): 1 / 6,
    ("posix_spawn_wait", "tiny"): 1 / 6,
    ("fork_exec_wait", "busybox-true"): 1 / 6,
    ("clone_exit_wait", "none"): 1 / 8,
    ("sh_pipeline", "busybox"): 1 / 4,
    ("futex_roundtrip", "-"): 1 / 4,
    ("thread_create_join", "-"): 1 / 5,
}


def rows(path):
    """The console's `bench ROW PARAM NUMBER` lines; n/a rows are left out."""
    with open(path, errors="replace") as file:
        fields = (line.split() for line in file if line.startswith("bench "))
        return {(f[1], f[2]): int(f[3]) for f in fields if len(f) == 4 and f[3].isdigit()}


def limit(key, linux):
    """The budget in instructions, or None without one."""
    budget = BUDGETS.get(key)
    if isinstance(budget, int) or budget is None:
        return budget
    return int(linux[key] * budget) if key in linux else None


def number(value):
    return "-" if value is None else f"{value:,}"


def table(linux, tine):
    lines = ["| what | | Linux | Tine | Tine / Linux | budget | met |", "|---|---|--:|--:|--:|--:|---|"]
    order = dict.fromkeys([*linux, *tine, *BUDGETS])
    for key in order:
        theirs, ours, most = linux.get(key), tine.get(key), limit(key, linux)
        ratio = f"1/{theirs / ours:.1f}" if theirs and ours and ours < theirs else f"{ours / theirs:.2f}" if theirs and ours else "-"
        met = "" if most is None else "-" if ours is None else "yes" if ours <= most else "NO"
        lines.append(f"| {key[0]} | {key[1]} | {number(theirs)} | {number(ours)} | {ratio} | {number(most)} | {met} |")
    return "\n".join(lines) + "\n"


def main(linux, tine, output):
    with open(output, "w") as file:
        file.write("Executed instructions per operation, mean; QEMU -icount shift=0, one hart.\n\n")
        file.write(table(rows(linux), rows(tine)))


if __name__ == "__main__":
    main(*sys.argv[1:])
