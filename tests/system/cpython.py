"""CPython's own tests, from Debian's package of them: each ends on Tine as it ends on Linux.

tests/system/cpython/MODULE.expected holds what ended otherwise than well on Linux, and how many tests did well. It is
recorded as debian.py tells. What cannot pass on Tine stands in tests/system/cpython/differences, a line `TEST OUTCOME` each,
with the reason; such a test must fail, or the line is wrong.

The suite has tests about time limits, on which a busy host has its say. One that ends otherwise than expected is
therefore run again by itself, and its last outcome counts.
"""

import pathlib
import re

import debian
import machine as vm

FOLDER = pathlib.Path(__file__).parent / "cpython"
OUTCOME = re.compile(r"^(test_[\w.]+) (skipped|expected failure|unexpected success|failed|error)$", re.MULTILINE)
PASSED = re.compile(r"^(\S+) (\d+) passed$", re.MULTILINE)
AGAIN = 2


def parse(text):
    """The outcomes by test of those that did not just pass, and how many did."""
    return dict(OUTCOME.findall(text)), sum(int(n) for _, n in PASSED.findall(text))


def differences(module):
    """What is known to end otherwise on Tine than on Linux, where it passes."""
    lines = (FOLDER / "differences").read_text().splitlines()
    known = dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    return {} if vm.ON_LINUX else {name: outcome for name, outcome in known.items() if name.startswith(module + ".")}


def expected(module):
    """As parse, from the file."""
    outcomes, passed = parse((FOLDER / f"{module}.expected").read_text())
    known = differences(module)
    return outcomes | known, passed - len(known)


def record(module, text):
    """What the tests themselves print stays out."""
    lines = [" ".join(pair) for pair in OUTCOME.findall(text)]
    lines += [f"{module} {passed} passed" for module, passed in PASSED.findall(text)]
    (FOLDER / f"{module}.expected").write_text("\n".join(lines) + "\n")


def run_suite(machine, names, timeout):
    machine.command(f"python3 -uW ignore /tests/run.py {names} > /tmp/out 2> /tmp/err < /dev/null; true", timeout)
    return machine.command("cat /tmp/out", timeout)


def run(machine, module, timeout=280):
    machine.sh("ip link set lo up")  # the tests take 127.0.0.1 for granted
    text = run_suite(machine, module, timeout)
    if debian.RECORD:
        record(module, text)
    outcomes, passed = parse(text)
    wanted, wanted_passed = expected(module)
    for name in [name for name in sorted(outcomes) if outcomes[name] != wanted.get(name)] * AGAIN:
        if outcomes.get(name) == wanted.get(name):
            continue
        again, now_passed = parse(run_suite(machine, name, timeout))
        del outcomes[name]
        outcomes |= again
        passed += now_passed
    errors = machine.command("tail -n 100 /tmp/err; rm /tmp/out /tmp/err", timeout)
    others = {name: f"{outcomes.get(name, 'passed')}, not {wanted.get(name, 'passed')}"
              for name in sorted(outcomes.keys() | wanted.keys()) if outcomes.get(name) != wanted.get(name)}
    assert not others, errors
    assert passed == wanted_passed
