"""Boots a kernel with a program as its first, under exact instruction counting, and keeps the console.

    measure.py [option]... KERNEL INITRD OUTPUT

The first program finds in its environment how much RAM the machine has: ram=512M. What is added to the console is the size of
the kernel's file.

Two runs of one image print the same digits: one hart, fixed seed, a clock that follows the instructions, no input. Addresses
are not randomised, or a change elsewhere would show as a page table more or less.
"""

import argparse
import os
import subprocess
import sys

EXACT = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]


def options(arguments):
    parser = argparse.ArgumentParser(description="Boots a kernel under exact instruction counting.")
    parser.add_argument("--memory", default="4G")
    parser.add_argument("--init", default="/bench/run", help="the first program, and after it its arguments")
    parser.add_argument("--environment", default="", help="more of it: NAME=VALUE...")
    parser.add_argument("--end", default="bench done", help="the line with which it says that it is done")
    parser.add_argument("--seconds", type=int, default=600, help="how long that may take")
    parser.add_argument("kernel")
    parser.add_argument("initrd")
    parser.add_argument("output")
    return parser.parse_args(arguments)


def command_of(o):
    command = ["qemu-system-riscv64", "-M", "virt", "-m", o.memory, "-smp", "1", "-nographic", "-no-reboot", *EXACT]
    command += ["-kernel", o.kernel]
    program, *rest = o.init.split()
    append = f"console=ttyS0 quiet norandmaps rdinit={program} ram={o.memory} {o.environment}" + (" -- " + " ".join(rest) if rest else "")
    return command + ["-initrd", o.initrd, "-append", append]


def console_of(o):
    try:
        done = subprocess.run(command_of(o), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=o.seconds)
        return done.stdout
    except subprocess.TimeoutExpired as error:
        return (error.stdout or b"") + b"\nmeasure: no end within %d s\n" % o.seconds


def main(arguments):
    o = options(arguments)
    console = console_of(o).replace(b"\r", b"")
    for line in console.decode(errors="replace").split("\n"):
        if line.startswith(("failed ", "measure: ", "forklab: ")):
            print(f"{o.kernel}: {line}")
    done = o.end.encode() in console
    console += b"bench bytes_image - %d\n" % os.path.getsize(o.kernel)
    with open(o.output if done else o.output + ".failed", "wb") as file:
        file.write(console)
    if not done:
        sys.exit(f"{o.kernel}: the benchmark did not finish; its console is in {o.output}.failed")


if __name__ == "__main__":
    main(sys.argv[1:])
