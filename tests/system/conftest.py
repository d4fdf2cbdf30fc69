"""Fixtures: one machine for all tests of a module, booted anew only when a test has killed it; leak check after each.

A test that leaks is run again, because the shell may legitimately grow once (its history, its job table): only what
leaks each time is a leak. Tests therefore clean up behind themselves; what they leave in /tmp/t is removed for them.
"""

import pytest

pytest.register_assert_rewrite("debian", "cpython")

import accounts
import machine as vm

ATTEMPTS = 5


class Holder:
    """The module's machine."""

    def __init__(self, **arguments):
        self.arguments = arguments
        self.current = None
        self.counters = None

    def get(self):
        if self.current is None or not self.current.alive:
            self.close()
            self.current = vm.Machine(**self.arguments)
            self.current.wait_boot()
            self.counters = None
        return self.current

    def call(self, run):
        """Calls run and returns what has leaked since. What a test leaves is what the next one begins with."""
        before = self.counters or accounts.read(self.current)
        self.counters = None
        run()
        self.counters, differences = accounts.settle(self.current, before)
        return differences

    def close(self):
        if self.current is not None:
            self.current.close()


@pytest.fixture(scope="module")
def holder(request):
    """A module that has ROOT = "debian" (or another of machine.ROOTS) works in that root file system, others in busybox's."""
    held = Holder(**vm.ROOTS[getattr(request.module, "ROOT", "busybox")])
    yield held
    held.close()


@pytest.fixture
def machine(holder):
    """A machine with a shell at its prompt, in an empty /tmp/t."""
    booted = holder.get()
    booted.holder = holder
    return booted


@pytest.fixture
def boot():
    """A function that boots a machine of the test's own: boot(memory=..., append=..., ...). All end with the test."""
    machines = []

    def start(**arguments):
        machines.append(vm.Machine(**arguments))
        return machines[-1]

    yield start
    for started in machines:
        started.close()


def call_in_clean_folder(function, arguments, machine):
    machine.command("mkdir -p /tmp/t && cd /tmp/t")
    try:
        function(**arguments)
    finally:
        if machine.alive:
            machine.sh("cd /root; chmod -R u+rwx /tmp/t; rm -rf /tmp/t; wait")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if "machine" not in pyfuncitem.funcargs:
        return None
    machine = pyfuncitem.funcargs["machine"]
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    if vm.ON_LINUX:
        call_in_clean_folder(pyfuncitem.obj, arguments, machine)
        return True
    for _ in range(ATTEMPTS):
        found = machine.holder.call(lambda: call_in_clean_folder(pyfuncitem.obj, arguments, machine))
        if not found:
            return True
    pytest.fail(f"leaks in each of {ATTEMPTS} runs:\n" + "\n".join(found), pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of its machine's console."""
    report = (yield).get_result()
    machine = item.funcargs.get("machine") if hasattr(item, "funcargs") else None
    if report.when == "call" and report.failed and machine is not None:
        report.sections.append(("console", machine.tail()))
