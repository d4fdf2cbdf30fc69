"""
How long the kernel goes on without asking whether an interrupt waits, and what share of the instructions is its own.

    stretch.py --kernel tine.elf --image tine.bin --plugin stretch.so [--initrd ARCHIVE] [--append TEXT] [--harts N]

Prints the instructions outside the kernel, in it, and waiting for its lock, hart by hart; then the longest stretches, each
with the function that was running when it had lasted some thousand instructions. Status 1 if one is longer than LIMIT.
"""

import argparse
import bisect
import re
import subprocess
import sys

import symbols

LIMIT = 50_000
FROM = 3_000
EXACT = ["-icount", "shift=0,sleep=off", "-seed", "1"]
# The boot's invariant walk is for tests (docs/invariants.md): it walks all memory in use at once, and says so.
WALKER = {"check_all", "check_map", "frames_each"}


def asking(elf):
    """Addresses where the kernel reads what is pending, and where it waits for interrupts."""
    listing = symbols.output("riscv64-unknown-elf-objdump", "-d", "-M", "no-aliases", elf)
    return [int(m[1], 16) for m in re.finditer(r"^([0-9a-f]+):\s.*?\s(?:csrrs\s+\w+,sip,zero|wfi)\b", listing, re.MULTILINE)]


class Functions:
    def __init__(self, elf):
        named = sorted((address, name.split(".")[0]) for name, address in symbols.functions(elf).items())
        self.addresses = [address for address, _ in named]
        self.names = [name for _, name in named]

    def at(self, address):
        return self.names[bisect.bisect_right(self.addresses, address) - 1]

    def extent(self, name):
        """First address and end of the function, or of an empty one if there is none."""
        if name not in self.names:
            return 0, 0
        first = self.names.index(name)
        last = len(self.names) - 1 - self.names[::-1].index(name)
        return self.addresses[first], self.addresses[last + 1]


def plugin_options(plugin, elf, functions):
    first, end = functions.extent("kernel_lock_take")
    return f"{plugin},from={FROM},lock={first:x}:{end:x},ask=" + ":".join(f"{a:x}" for a in asking(elf))


def command(o, functions):
    plugin = plugin_options(o.plugin, o.kernel, functions)
    run = ["qemu-system-riscv64", "-M", "virt", "-m", o.memory, "-smp", str(o.harts), "-nographic", "-no-reboot"]
    run += [] if o.harts > 1 else EXACT
    run += ["-d", "plugin", "-D", o.log, "-plugin", plugin, "-kernel", o.image, "-append", o.append]
    return run + (["-initrd", o.initrd] if o.initrd else [])


def read(path, functions):
    """([(hart, user, kernel, lock)], {function: longest})"""
    shares, longest = [], {}
    with open(path) as log:
        for line in log:
            fields = line.split()
            if fields[0] == "hart":
                shares.append(tuple(int(fields[i]) for i in (1, 3, 5, 7)))
            elif fields[0] == "stretch":
                name = functions.at(int(fields[2], 16))
                longest[name] = max(longest.get(name, 0), int(fields[1]))
    return shares, longest


def too_long(longest):
    return {name: length for name, length in longest.items() if length > LIMIT and name not in WALKER}


def options(arguments):
    parser = argparse.ArgumentParser(description="Measures stretches of the kernel between two preemption points.")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--initrd")
    parser.add_argument("--append", default="console=ttyS0 quiet norandmaps rdinit=/trace/stretch.sh")
    parser.add_argument("--end", default="workload done", help="a line that the workload prints at its end")
    parser.add_argument("--memory", default="512M")
    parser.add_argument("--harts", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=900)
    parser.add_argument("--log", default="build/trace/stretch.log")
    return parser.parse_args(arguments)


def main(arguments):
    o = options(arguments)
    functions = Functions(o.kernel)
    done = subprocess.run(command(o, functions), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=o.seconds)
    console = done.stdout.decode(errors="replace").replace("\r", "")
    print("".join(line + "\n" for line in console.split("\n") if line.startswith(("failed ", "not ok", "# "))), end="")
    if o.end not in console:
        sys.exit("stretch: the workload did not come to its end:\n" + console[-2000:])
    shares, longest = read(o.log, functions)
    for hart, user, kernel, lock in shares:
        total = user + kernel + lock
        print(f"hart {hart}: {total:,} instructions, {100 * kernel / total:.1f} % in the kernel, {100 * lock / total:.1f} % at its lock")
    for name, length in sorted(longest.items(), key=lambda item: -item[1])[:20]:
        print(f"{length:9,}  {name}{'  (the walker)' if name in WALKER else ''}")
    if too_long(longest):
        sys.exit(f"stretch: longer than {LIMIT:,} instructions: {too_long(longest)}")


if __name__ == "__main__":
    main(sys.argv[1:])
