"""Names: of functions in ELF files, of the kernel's operations, of Linux's calls, of the servers' messages."""

import re
import subprocess


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def functions(elf):
    """{name: address} of an ELF file's functions."""
    found = {}
    for line in output("riscv64-unknown-elf-nm", elf).split("\n"):
        fields = line.split()
        if len(fields) == 3 and fields[1] in "tT":
            found[fields[2]] = int(fields[0], 16)
    return found


def text_range(elf):
    """First and last address of an ELF file's code."""
    names = [line.split() for line in output("riscv64-unknown-elf-nm", elf).split("\n")]
    named = {fields[2]: int(fields[0], 16) for fields in names if len(fields) == 3}
    return named["__image"], named["__text_end"]


def offsets(elf, expressions):
    """Integer values of C expressions, as the debugger finds them in the file's debug information."""
    commands = [part for text in expressions for part in ("-ex", f"print/x (unsigned long)({text})")]
    lines = output("gdb-multiarch", "-batch", *commands, elf).split("\n")
    values = [int(line.split("= ")[1], 16) for line in lines if line.startswith("$")]
    assert len(values) == len(expressions), lines
    return values


def enumeration(path, name):
    """{value: enumerator} of `enum NAME` in a C header."""
    with open(path) as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
    body = re.search(rf"enum {name} \{{(.*?)\}}", text, re.DOTALL).group(1)
    found, value = {}, -1
    for word in filter(None, (part.strip() for part in body.split(","))):
        word, _, given = (part.strip() for part in word.partition("="))
        value = int(given, 0) if given else value + 1
        found[value] = word
    return found


def operation_arguments(path):
    """{operation: names of its arguments}, from the comments in tine.h that give them: `TINE_X, /* (pool, slot) */`."""
    with open(path) as file:
        found = re.findall(r"TINE_(\w+),\s*/\* \(([^)]*)\)", file.read())
    return {name: [part.strip() for part in arguments.split(",") if part.strip()][:6] for name, arguments in found}


def linux_calls():
    """{number: name}, from the compiler's headers."""
    macros = subprocess.run(
        ["riscv64-linux-gnu-gcc", "-E", "-dM", "-include", "asm/unistd.h", "-xc", "/dev/null"],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    return {int(m[2]): m[1] for m in re.finditer(r"#define __NR_(\w+) (\d+)$", macros, re.MULTILINE)}
