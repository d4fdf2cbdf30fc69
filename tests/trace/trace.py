"""Runs a command on Tine and traces it from outside: every trap, message, map operation, fault and switch.

    trace.py --kernel tine.elf --image tine.bin --initrd ARCHIVE --plugin hops.so --folder FOLDER COMMAND

The kernel that runs is the one that is measured; nothing in it knows. FOLDER/trace.json is for ui.perfetto.dev or
chrome://tracing, trace.txt for reading; fork.md and fork.json have the last fork of the command as a list of hops.
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import events as trace_events
import render
import symbols

EXACT = ["-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
MEMORY = "512M"
IMAGE_BASE = 0x80200000
SERVERS = ("proc", "vfs", "console")
SHELL_CHARACTERS = set("|&;<>()$`\\\"'*?[]#~=%\n")
# Functions whose beginning is a hop of its own, where there are such functions.
KERNEL_FUNCTIONS = ("space_clone", "space_copy", "space_zero", "space_share", "space_unmap", "thread_init", "thread_start",
                    "space_destroy", "thread_release")
SERVER_FUNCTIONS = {
    "proc": ("sys_clone", "process_fork", "birth_reserve", "space_fork", "reserve_thread", "birth_commit", "pager_fault",
             "sys_execve", "process_exit", "sys_wait4"),
    "vfs": ("protocol_fork", "protocol_exit", "protocol_exec"),
}


def sret_addresses(elf):
    """Where the kernel leaves to user mode."""
    listing = symbols.output("riscv64-unknown-elf-objdump", "-d", elf)
    return [int(m[1], 16) for m in re.finditer(r"^([0-9a-f]+):\s+10200073\s", listing, re.MULTILINE)]


def where(elf, address):
    """The file and line of an address, as a reader of the sources writes it."""
    line = symbols.output("riscv64-unknown-elf-addr2line", "-e", elf, hex(address)).split(" ")[0].strip()
    path = line.removeprefix("./")
    found = re.search(r"((?:kernel|servers|libc|sbi)/\S+)", path)
    return f"`{found[1]}`" if found else ""


def sites(kernel, folder):
    """{address: (what, where)} of all hops."""
    named = symbols.functions(kernel)
    found = {named["trap_entry"]: ("trap", "")}
    found.update((address, ("leave", "")) for address in sret_addresses(kernel))
    for name in KERNEL_FUNCTIONS:
        if name in named:
            found[named[name]] = (name, where(kernel, named[name]))
    for server, functions in SERVER_FUNCTIONS.items():
        elf = folder / f"{server}.elf"
        addresses = symbols.functions(elf)
        found.update((addresses[f], (f, where(elf, addresses[f]))) for f in functions if f in addresses)
    return found


def names_of(kernel, folder, root):
    labels = {}
    for name in ("proc", "vfs"):
        labels.update(symbols.enumeration(root / f"servers/protocol/{name}.h", f"{name}_label"))
    ranges = {name: symbols.text_range(folder / f"{name}.elf") for name in SERVERS}
    header = root / "kernel/include/tine.h"
    operations, arguments = symbols.enumeration(header, "tine_op"), symbols.operation_arguments(header)
    return trace_events.Names(sites(kernel, folder), ranges, symbols.linux_calls(), operations, arguments, labels)


def qemu_command(o, names, log, ram):
    space, root, word, current = symbols.offsets(
        o.kernel,
        ["&((struct thread *)0)->space", "&((struct space *)0)->tree.root", "&((struct thread *)0)->word[4]", "&harts[0].current"],
    )
    addresses = [f"{address:x}" for address in names.sites]
    plugin = f"{o.plugin},ram={ram},at={':'.join(addresses)},current={current:x},image={IMAGE_BASE:x}"
    plugin += f",space={space:x},root={root:x},word={word:x}"
    command = shlex.split(o.command)
    if SHELL_CHARACTERS & set(o.command):
        command = ["/bin/sh", "/trace/command"]
    append = f"console=ttyS0 quiet norandmaps rdinit=/trace/run -- {o.runs} " + " ".join(command)
    qemu = ["qemu-system-riscv64", "-M", "virt,memory-backend=ram", "-smp", "1", "-m", MEMORY, "-nographic", "-no-reboot"]
    qemu += ["-object", f"memory-backend-file,id=ram,size={MEMORY},mem-path={ram},share=on", *EXACT, *single_step()]
    qemu += ["-d", "cpu,nochain,plugin", "-dfilter", ",".join(f"0x{address}+1" for address in addresses), "-D", str(log)]
    return qemu + ["-plugin", plugin, "-kernel", o.image, "-initrd", o.initrd, "-append", append]


def single_step():
    """One instruction per block, as this version of QEMU calls it."""
    version = int(re.search(r"version (\d+)", symbols.output("qemu-system-riscv64", "--version"))[1])
    return ["-singlestep"] if version < 8 else ["-accel", "tcg,one-insn-per-tb=on"]


def options(arguments):
    parser = argparse.ArgumentParser(description="Traces a command on Tine, from outside.")
    parser.add_argument("--kernel", required=True, help="the kernel's ELF file")
    parser.add_argument("--image", required=True, help="the same as an image that boots")
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--servers", required=True, type=pathlib.Path, help="folder of the servers' ELF files")
    parser.add_argument("--plugin", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=2, help="the last one is traced; 1: everything is cold")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("command")
    return parser.parse_args(arguments)


def write(folder, traced):
    (folder / "trace.txt").write_text(render.text(traced))
    (folder / "trace.json").write_text(render.chrome(traced))
    fork = render.trip(traced)
    (folder / "fork.json").write_text(json.dumps([{k: e[k] for k in ("count", "kind", "who", "text")} for e in fork]))
    (folder / "fork.md").write_text(render.hop_table(fork) if fork else "This command did not fork.\n")
    return fork


def main(arguments):
    o = options(arguments)
    root = pathlib.Path(__file__).resolve().parents[2]
    names = names_of(o.kernel, o.servers, root)
    log, ram = o.folder / "log", o.folder / "ram"
    try:
        subprocess.run(qemu_command(o, names, log, ram), stdin=subprocess.DEVNULL, check=True, timeout=o.seconds,
                       stdout=open(o.folder / "console", "wb"))
        with open(log, errors="replace") as lines:
            all_events = trace_events.rename_servers(list(trace_events.Reader(names).read(lines)))
    finally:
        for path in (log, ram):
            if path.exists() and not os.environ.get("TRACE_KEEP"):
                path.unlink()
    traced = trace_events.window(all_events)
    if not traced:
        sys.exit(f"trace: the command did not come to its end; its console is in {o.folder / 'console'}")
    fork = write(o.folder, traced)
    print(f"{len(traced)} events, {traced[-1]['count'] - traced[0]['count']:,} instructions: {o.folder}/trace.json, trace.txt")
    if fork:
        print(f"its last fork, {fork[-1]['count'] - fork[0]['count']:,} instructions: {o.folder}/fork.md")


if __name__ == "__main__":
    main(sys.argv[1:])
