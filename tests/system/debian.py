"""Scripts that run on Debian's root file system: tests/system/debian/FOLDER/NAME.sh or .py, each with NAME.expected, what
it prints on Linux. Each script is one pytest case, in an empty folder of its own.

Recorded by TINE_RECORD=1 on Linux: `TINE_RECORD=1 TINE_REFERENCE=linux TINE_KERNEL=build/linux/Image pytest test_debian_X.py`.
"""

import os
import pathlib
import re

import machine as vm

SCRIPTS = pathlib.Path(__file__).parent / "debian"
RECORD = vm.ON_LINUX and "TINE_RECORD" in os.environ


def cases(folder):
    """The names of the scripts in that folder."""
    return sorted(path.name for path in (SCRIPTS / folder).iterdir() if path.suffix in (".sh", ".py"))


def normal(text):
    """The text without the process numbers in the shells' messages about killed children."""
    return re.sub(r"^(\S+: line \d+:) +\d+ ", r"\1 PID ", text, flags=re.MULTILINE)


def run(machine, folder, script, interpreter, timeout=120):
    """Runs the script with its output in a file, so that the terminal has no part in it, and compares it."""
    status = machine.sh(f"{interpreter} /tests/{folder}/{script} > /tmp/out 2>&1 < /dev/null", timeout).status
    output = normal(machine.command("cat /tmp/out; rm /tmp/out", timeout)) + f"\nstatus {status}\n"
    expected = (SCRIPTS / folder / script).with_suffix(".expected")
    if RECORD:
        expected.write_text(output)
    assert output.split("\n") == expected.read_text().split("\n")
