"""The leak check: what the system holds before a test it must hold after it, no more and no less.

/proc/tine/check runs the invariant walkers and prints `ok`; /proc/tine/stat prints `name value` lines, of which the
counters named here must come back to what they were. Work that ends in the background (a dying address space, a
reaped child) gets SETTLE_SECONDS.
"""

import time

SETTLE_SECONDS = 2

# Pages of the shell and the servers, which live on. proc learns which pages of a program to bring in advance, and brings
# them or not the next time the shell forks or the server's heap is touched, so these few come and go. That no frame is in
# use without a living space, table or object that holds it is not left to this: the walker proves it, exactly. And
# test_shell.py's test_nothing_drifts runs hundreds of processes against the same bound.
LIVING_FRAMES = 64
COUNTED = ("frames", "objects", "caps", "processes", "files", "pipes", "inodes", "regions")


def read(machine):
    """The counters as a dictionary. Fails if a walker found a broken invariant."""
    lines = machine.command("cat /proc/tine/check /proc/tine/stat").split("\n")
    assert "ok" in lines, "a broken invariant:\n" + "\n".join(lines)
    pairs = (line.split() for line in lines)
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0].startswith(COUNTED)}


def differs(name, before, after):
    """Whether a counter did not come back."""
    if name == "frames_free" and before is not None:
        return abs(before - after) > LIVING_FRAMES
    return before != after


def settle(machine, before):
    """Waits until the counters are what they were. Returns them, and a list of lines that say what still differs."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        after = read(machine)
        differences = [f"{name}: {before.get(name)} before, {after[name]} after" for name in after
                       if differs(name, before.get(name), after[name])]
        if not differences or time.monotonic() > deadline:
            return after, differences
        time.sleep(0.1)
