"""The kernel's own interface, by programs that speak to it without any server (tests/native): each line they print is a
test here. They run once, on a machine of their own."""

import re

import machine as vm
import pytest

KERNEL = f"{vm.OUT}/tine-native.bin"
HOSTILE_SECONDS = 240

pytestmark = pytest.mark.skipif(vm.ON_LINUX, reason="speaks to Tine's kernel")


@pytest.fixture(scope="module")
def hostile():
    """The hostile client's output and QEMU's exit status."""
    # One hart: its threads take turns by priority, which is how it knows where each of them stands.
    machine = vm.Machine(kernel=KERNEL, initrd=None, memory="256M", smp=1, append="tine.native=hostile")
    try:
        machine.expect(r"tests done, (\d+) failed", HOSTILE_SECONDS)
        status = machine.exit_status()
        yield vm.clean(machine.log.getvalue()), status
    finally:
        machine.close()


# One test per object and one for what each leaves behind: the client prints some hundred lines, by operation.
OPERATIONS = """
    pool_split pool_balance pool_limit pool destroy share cspace_create space_create thread_create endpoint_create reply_create
    notification_create timer_create route_create identify cap_copy cap_move cap_delete cap_revoke call receive
    reply_receive reply forward reply_read reply_write messages fault thread_set thread_start thread_stop thread_read
    thread_write thread_divert thread_resume thread_settle thread_words thread_attention thread_info thread space_zero space_copy space_share space_clone
    space_protect space_unmap space_inspect space_read space_write space_peek space_poke space_count space_device spaces signal wait poll bind
    timer_arm timer device_create interrupt_create interrupt_ack control_log control_halt control_stat control_check
    fuzz
""".split()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_hostile(hostile, operation):
    output, _ = hostile
    lines = re.findall(rf"^(?:# |ok |not ok ){operation}: .*$", output, re.MULTILINE)
    assert lines, "not a single check of it ran"
    assert not [line for line in lines if line.startswith("not ok")], "\n".join(lines)


def test_nothing_is_left_behind(hostile):
    output, _ = hostile
    lines = re.findall(r"^(?:not )?ok .*(?:memory is back|capabilities are gone|invariants hold)$", output, re.MULTILINE)
    assert len(lines) >= 30
    assert not [line for line in lines if line.startswith("not ok")]


def test_stopped_threads_do_not_flood_the_log(hostile):
    """The fuzzer makes thousands of threads whose faults nobody answers: the first are named, the rest counted."""
    assert 1 <= len(re.findall(r"^thread \S+ stopped: ", hostile[0], re.MULTILINE)) <= 16


def test_exit_status(hostile):
    output, status = hostile
    assert "tests done, 0 failed" in output and status == 0


def test_call_and_reply():
    """A message to another address space and its answer: the least that must come out, the figure is for make bench."""
    machine = vm.Machine(
        kernel=KERNEL, initrd=None, memory="256M", smp=1, append="tine.native=ipc", options=["-icount", "shift=0,sleep=off"]
    )
    try:
        figure = int(machine.expect(r"bench ipc_call_reply 6-words (\d+)\r*\n", 60).group(1))
        assert machine.exit_status() == 0
        assert 100 < figure < 2000
    finally:
        machine.close()
