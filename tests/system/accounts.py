"""The leak check: what the system holds before a test it must hold after it, no more and no less.

/proc/tine/check runs the invariant walkers and prints `ok`; /proc/tine/stat prints `name value` lines, of which the
counters named here must come back to what they were. Work that ends in the background (a dying address space, a
reaped child) gets SETTLE_SECONDS.
"""

import time

SETTLE_SECONDS = 2
COUNTED = ("frames", "objects", "caps", "processes", "files", "pipes", "inodes", "regions")


def read(machine):
    """The counters as a dictionary. Fails if a walker found a broken invariant."""
    verdict = machine.command("cat /proc/tine/check")
    assert "ok" in verdict.split("\n"), f"a broken invariant:\n{verdict}"
    lines = (line.split() for line in machine.command("cat /proc/tine/stat").split("\n"))
    return {line[0]: int(line[1]) for line in lines if len(line) == 2 and line[0].startswith(COUNTED)}


def leaks(machine, before):
    """What differs from before once the system has settled: a list of lines, empty if nothing does."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        after = read(machine)
        differences = [f"{name}: {before.get(name)} before, {after[name]} after" for name in after
                       if after[name] != before.get(name)]
        if not differences or time.monotonic() > deadline:
            return differences
        time.sleep(0.1)
