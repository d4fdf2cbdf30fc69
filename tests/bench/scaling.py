"""What several harts do at once, and how much of it in the kernel, of which only one hart is at a time.

    scaling.py --kernel tine.elf --image tine.bin --linux Image --plugin stretch.so --initrd ARCHIVE

For 1, 2 and 4 harts: forks and round trips through a pipe in a second, one worker a hart, on both kernels; and of Tine the
share of instructions in the kernel and at its lock, by a plugin of QEMU's in a run of its own. QEMU runs each hart in a thread
of the host: what more harts than the host has cores tell is the price of sharing, not a gain.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "trace"))
import stretch  # noqa: E402

ROWS = {"scaling_fork": "count_forks_a_second", "scaling_pipe": "count_round_trips_a_second"}


def boot(image, initrd, harts, group, extra=()):
    command = ["qemu-system-riscv64", "-M", "virt", "-m", "1G", "-smp", str(harts), "-nographic", "-no-reboot", *extra]
    command += ["-kernel", image, "-initrd", initrd, "-append", f"console=ttyS0 quiet norandmaps rdinit=/bench/run -- {group}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=300)
    found = re.search(rf"bench {ROWS[group]} \S+ (\d+)", done.stdout.decode(errors="replace"))
    if not found:
        sys.exit(f"scaling: {group} on {harts} harts did not finish:\n{done.stdout.decode(errors='replace')[-1500:]}")
    return int(found[1])


def shares(o, functions, harts, group):
    """Percent of all instructions in the kernel, and at its lock."""
    extra = ["-d", "plugin", "-D", o.log, "-plugin", stretch.plugin_options(o.plugin, o.kernel, functions)]
    boot(o.image, o.initrd, harts, group, extra)
    rows, _ = stretch.read(o.log, functions)
    total = sum(sum(row[1:]) for row in rows)
    return [100 * sum(row[i] for row in rows) / total for i in (2, 3)]


def options(arguments):
    parser = argparse.ArgumentParser(description="Throughput and the share of the kernel lock by number of harts.")
    for name in ("kernel", "image", "linux", "plugin", "initrd"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--log", default="build/bench/scaling.log")
    return parser.parse_args(arguments)


def main(arguments):
    o = options(arguments)
    functions = stretch.Functions(o.kernel)
    print(f"The host has {os.cpu_count()} cores. Operations a second, and of one hart's.\n")
    print("| what | harts | Linux | | Tine | | in the kernel | at its lock |\n|---|--:|--:|--:|--:|--:|--:|--:|")
    for group, row in ROWS.items():
        first = None
        for harts in (1, 2, 4):
            both = [boot(image, o.initrd, harts, group) for image in (o.linux, o.image)]
            first = first or both
            kernel, lock = shares(o, functions, harts, group)
            cells = [f"{value:,} | {value / one:.2f}" for value, one in zip(both, first)]
            print(f"| {row.removeprefix('count_').replace('_', ' ')} | {harts} | {cells[0]} | {cells[1]} | {kernel:.1f} % | {lock:.1f} % |")


if __name__ == "__main__":
    main(sys.argv[1:])
