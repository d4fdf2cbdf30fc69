"""bash on the console as a person uses it: line editing, history, job control by keys."""

import machine as vm

ROOT = "debian"


SLEEP = "sh -c 'echo be\"\"gun > /dev/tty; exec sleep {}'"


def start_foreground(machine, command):
    """
    Returns when the command's SLEEP has begun. No sooner: a bash that has forked, but whose child does not execute yet, may
    take a key for neither of the two, on Linux as well.
    """
    machine.type(command + "\r")
    machine.expect("begun\r*\n")


def key(machine, byte):
    machine.type(byte)
    machine.expect(vm.PROMPT, 10)


def status_now(machine):
    machine.type("echo st''atus=$?\r")
    status = int(machine.expect(r"status=(\d+)\r*\n").group(1))
    machine.expect(vm.PROMPT)
    return status


def test_interrupt(machine):
    start_foreground(machine, SLEEP.format(100))
    key(machine, "\x03")
    assert status_now(machine) == 130


def test_interrupt_ends_a_pipeline_of_forks(machine):
    """The child is certain to be interrupted: a bash whose child ends by itself at that moment goes on with its loop."""
    start_foreground(machine, f"while :; do sleep 0; {SLEEP.format(100)}; done | cat | cat")
    key(machine, "\x03")
    assert machine.sh("pgrep -x cat").status == 1


def test_interrupt_ends_a_loop(machine):
    start_foreground(machine, f"for i in {{1..100}}; do {SLEEP.format(100)}; done")
    key(machine, "\x03")
    assert machine.command("echo fine") == "fine"


def test_stop_continue_and_end(machine):
    start_foreground(machine, SLEEP.format(5) + "; echo over")
    key(machine, "\x1a")
    assert "Stopped" in machine.command("jobs")
    machine.type("bg\r")
    machine.expect(r"sleep 5' &")
    machine.expect(vm.PROMPT)
    assert "Running" in machine.command("jobs")
    machine.type("fg\r")
    machine.expect(r"sleep 5'")
    machine.expect(vm.PROMPT, 20)
    assert machine.command("jobs") == ""


def test_stopped_pipeline_goes_on(machine):
    start_foreground(machine, f'{{ {SLEEP.format(1)}; echo through-the-""pipe; }} | cat | cat')
    key(machine, "\x1a")
    machine.type("fg\r")
    machine.expect("through-the-pipe", 20)
    machine.expect(vm.PROMPT)


def test_background_reader_is_stopped(machine):
    machine.command("cat < /dev/tty &\nuntil jobs | grep -q Stopped; do sleep 0.05; done")
    machine.command("kill -9 %1; wait %1; jobs; true")
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
