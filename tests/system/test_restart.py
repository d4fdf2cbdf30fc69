"""Root watches the servers: a driver that dies is started again, and nobody above it notices more than a pause."""

import machine as vm
import pytest

pytestmark = pytest.mark.skipif(vm.ON_LINUX, reason="about Tine's servers")


def test_console_driver_is_restarted(boot):
    machine = boot(append=vm.APPEND + " tine.test=restart-console")
    machine.wait_boot()
    machine.expect("root: console died: execution of 0x0 at pc 0x0", 30)
    machine.expect("root: console runs again")
    machine.type("\r")
    machine.expect(vm.PROMPT)
    assert machine.command("echo still $((40 + 2)) here") == "still 42 here"
    assert machine.command("ls / | grep etc | wc -l").strip() == "1"


@pytest.mark.parametrize("server", ["vfs", "proc"])
def test_a_server_that_is_broken(boot, server):
    """With a wall around it a server can die alone, and root sees it. Without one there is no such death: root cannot even
    ask for it, and the system goes on."""
    machine = boot(append=vm.APPEND + f" tine.test=restart-{server}")
    if vm.PLACEMENT == "micro":
        machine.expect(f"root: {server} died", 60)
        machine.expect(f"root: there is no system without {server}")
        assert machine.exit_status() == 1
    else:
        machine.wait_boot()
        machine.expect(f"root: {server} is part of the kernel: nobody can break it alone", 30)
        machine.type("\r")
        machine.expect(vm.PROMPT)
        assert machine.command("ls / | grep etc | wc -l").strip() == "1"
