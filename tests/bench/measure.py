"""Boots a kernel with the benchmark as its first program, under exact instruction counting, and keeps the console.

    measure.py KERNEL INITRD OUTPUT

Two runs of one image print the same digits: one hart, fixed seed, a clock that follows the instructions, no input.
"""

import subprocess
import sys

SECONDS = 240
EXACT = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
APPEND = "console=ttyS0 rdinit=/bench/run"


def console_of(kernel, initrd):
    command = ["qemu-system-riscv64", "-M", "virt", "-m", "4G", "-smp", "1", "-nographic", "-no-reboot", *EXACT]
    command += ["-kernel", kernel, "-initrd", initrd, "-append", APPEND]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=SECONDS)
        return done.stdout
    except subprocess.TimeoutExpired as error:
        return (error.stdout or b"") + b"\nmeasure: no end within %d s\n" % SECONDS


def main(kernel, initrd, output):
    console = console_of(kernel, initrd).replace(b"\r", b"")
    with open(output, "wb") as file:
        file.write(console)
    for line in console.decode(errors="replace").split("\n"):
        if line.startswith(("failed ", "measure: ")):
            print(f"{kernel}: {line}")
    if b"\nbench done" not in console:
        sys.exit(f"{kernel}: the benchmark did not finish; its console is in {output}")


if __name__ == "__main__":
    main(*sys.argv[1:])
