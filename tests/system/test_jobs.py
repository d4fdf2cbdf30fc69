"""Job control at the terminal: background jobs, Ctrl-C, Ctrl-Z, fg, bg, wait, and how the machine ends."""

import time

import machine as vm


def test_background_job_is_listed_and_killed(machine):
    # The pause is for the child, which ignores SIGTERM like its shell until it has run.
    output = machine.command("sleep 100 &\nsleep 0.2; jobs; kill %1; wait; echo status $?")
    assert "sleep 100" in output
    assert "Terminated" in output or "status" in output
    assert machine.command("jobs") == ""


def test_wait_returns_the_status(machine):
    assert machine.command("sh -c 'sleep 0.1; exit 5' & wait $!; echo $?") .endswith("5")


def test_wait_for_all(machine):
    start = time.monotonic()
    machine.command("for i in 1 2 3 4 5; do sleep 0.3 & done; wait")
    assert time.monotonic() - start < 20


def start_foreground(machine, command):
    machine.type(command + "\r")
    time.sleep(0.5)


def status_now(machine):
    machine.type("echo st''atus=$?\r")
    status = int(machine.expect(r"status=(\d+)\r*\n").group(1))
    machine.expect(vm.PROMPT)
    return status


def test_interrupt_ends_the_foreground_job(machine):
    start_foreground(machine, "sleep 100")
    machine.type("\x03")
    machine.expect(vm.PROMPT, 10)
    assert status_now(machine) == 130


def test_interrupt_ends_a_whole_pipeline(machine):
    start_foreground(machine, "sleep 100 | cat | cat")
    machine.type("\x03")
    machine.expect(vm.PROMPT, 10)
    assert machine.sh("ps | grep '[s]leep 100'").output == ""


def test_interrupt_ends_a_busy_loop(machine):
    start_foreground(machine, "while :; do :; done")
    machine.type("\x03")
    machine.expect(vm.PROMPT, 10)
    start_foreground(machine, "sh -c 'while :; do :; done'")
    machine.type("\x03")
    machine.expect(vm.PROMPT, 10)


def test_interrupt_spares_the_background(machine):
    machine.command("sleep 100 &")
    start_foreground(machine, "sleep 100")
    machine.type("\x03")
    machine.expect(vm.PROMPT, 10)
    assert "sleep 100" in machine.command("jobs")
    machine.sh("kill %1; wait")


def test_quit_key(machine):
    start_foreground(machine, "sleep 100")
    machine.type("\x1c")
    machine.expect(vm.PROMPT, 10)
    assert status_now(machine) == 131


def test_interrupt_at_the_prompt(machine):
    machine.type("half a line\x03")
    machine.expect(vm.PROMPT, 10)
    assert machine.command("echo fine") == "fine"


def test_stop_and_foreground(machine):
    start_foreground(machine, "sleep 2; echo over")
    machine.type("\x1a")
    machine.expect("Stopped", 10)
    machine.expect(vm.PROMPT, 10)
    machine.type("fg\r")
    machine.expect("sleep 2", 10)
    machine.expect(vm.PROMPT, 20)


def test_stop_and_background(machine):
    start_foreground(machine, "sh -c 'sleep 1; echo in-the-\"\"background'")
    machine.type("\x1a")
    machine.expect("Stopped", 10)
    machine.expect(vm.PROMPT, 10)
    machine.type("bg; wait\r")
    machine.expect("in-the-background", 20)
    machine.expect(vm.PROMPT, 20)


def test_stopped_job_can_be_killed(machine):
    start_foreground(machine, "sleep 100")
    machine.type("\x1a")
    machine.expect("Stopped", 10)
    machine.expect(vm.PROMPT, 10)
    machine.sh("kill -9 %1; wait")
    machine.command("jobs")
    assert machine.command("jobs") == ""


def test_background_reader_is_stopped(machine):
    machine.command("cat < /dev/tty &\nsleep 0.3; jobs > list")
    assert "Stopped (tty input)" in machine.command("cat list")
    machine.sh("kill -9 %1; wait")


def test_background_writer_is_stopped_when_asked(machine):
    machine.command("stty tostop; sh -c 'echo text > /dev/tty' &\nsleep 0.3; stty -tostop; jobs > list")
    assert "Stopped (tty output)" in machine.command("cat list")
    machine.sh("kill -9 %1; wait")


def booted(boot):
    return boot().wait_boot()


def test_end_of_file_ends_the_machine(boot):
    machine = booted(boot)
    machine.type("\x04")
    assert machine.exit_status() == 0


def test_exit_ends_the_machine(boot):
    machine = booted(boot)
    machine.type("exit\r")
    assert machine.exit_status() == 0


def test_poweroff_ends_the_machine(boot):
    machine = booted(boot)
    machine.type("poweroff -f\r")
    assert machine.exit_status() == 0


def test_reboot_ends_qemu_with_no_reboot(boot):
    machine = booted(boot)
    machine.type("reboot -f\r")
    assert machine.exit_status() == 0
