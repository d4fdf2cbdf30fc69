"""bash on the console as a person uses it: line editing, history, job control by keys."""

import time

import machine as vm

ROOT = "debian"


def start_foreground(machine, command):
    machine.type(command + "\r")
    time.sleep(0.5)


def key(machine, byte):
    machine.type(byte)
    machine.expect(vm.PROMPT, 10)


def status_now(machine):
    machine.type("echo st''atus=$?\r")
    status = int(machine.expect(r"status=(\d+)\r*\n").group(1))
    machine.expect(vm.PROMPT)
    return status


def test_interrupt(machine):
    start_foreground(machine, "sleep 100")
    key(machine, "\x03")
    assert status_now(machine) == 130


def test_interrupt_ends_a_pipeline_of_forks(machine):
    start_foreground(machine, "while :; do sleep 0.01; done | cat | cat")
    key(machine, "\x03")
    assert machine.sh("pgrep -x cat").status == 1


def test_interrupt_ends_a_loop(machine):
    start_foreground(machine, "for i in {1..100}; do sleep 100; done")
    key(machine, "\x03")
    assert machine.command("echo fine") == "fine"


def test_stop_continue_and_end(machine):
    start_foreground(machine, "sleep 3; echo over")
    key(machine, "\x1a")
    assert "Stopped" in machine.command("jobs")
    machine.type("bg\r")
    machine.expect(r"sleep 3 &")
    machine.expect(vm.PROMPT)
    assert "Running" in machine.command("jobs")
    machine.type("fg\r")
    machine.expect(r"sleep 3")
    machine.expect(vm.PROMPT, 20)
    assert machine.command("jobs") == ""


def test_stopped_pipeline_goes_on(machine):
    start_foreground(machine, "{ sleep 1; echo through-the-\"\"pipe; } | cat | cat")
    key(machine, "\x1a")
    machine.type("fg\r")
    machine.expect("through-the-pipe", 20)
    machine.expect(vm.PROMPT)


def test_background_reader_is_stopped(machine):
    machine.command("cat < /dev/tty &\nsleep 0.5")
    assert "Stopped" in machine.command("jobs")
    machine.command("kill -9 %1; sleep 0.2; jobs; wait")
    assert machine.command("jobs") == ""


def test_suspended_shell(machine):
    machine.type("bash --norc\r")
    machine.expect(r"bash-5\.[0-9]+# ")
    machine.type("suspend\r")
    machine.expect(vm.PROMPT)
    machine.type("fg\r")
    machine.expect(r"bash-5\.[0-9]+# ")
    machine.type("exit 7\r")
    machine.expect(vm.PROMPT)
    assert status_now(machine) == 7


def test_editing_and_history(machine):
    machine.type("eco helo\x1b[D\x1b[Dl\x1b[H\x1b[C\x1b[Ch\r")
    machine.expect("hello\r*\n")
    machine.expect(vm.PROMPT)
    machine.type("\x1b[A\r")
    machine.expect("hello\r*\n")
    machine.expect(vm.PROMPT)
    machine.type("\x12hel\r")
    machine.expect("hello\r*\n")
    machine.expect(vm.PROMPT)


def test_completion(machine):
    machine.command("touch the-only-file")
    machine.type("stat -c %s-%n the\t\r")
    machine.expect("0-the-only-file\r*\n")
    machine.expect(vm.PROMPT)
