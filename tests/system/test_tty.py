"""The terminal: line editing and history of the shell in raw mode, the driver's own editing, modes, size."""

import re

import machine as vm

UP, DOWN, RIGHT, LEFT, HOME, END = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F"


def typed(machine, keys, result):
    """Types a line made by these keys, which must print the result."""
    machine.type(keys + "\r")
    machine.expect("\r*\n" + re.escape(result) + "\r*\n")
    machine.expect(vm.PROMPT)


def feed(machine, command, *keys):
    """Starts a command and, when it reads by itself, types to it."""
    machine.type(command + "\r")
    machine.settle(0.5)
    for text in keys:
        machine.type(text)
    machine.expect(vm.PROMPT)


def test_arrow_keys(machine):
    typed(machine, "echo ab" + LEFT + "c", "acb")
    typed(machine, "cho ab" + HOME + "e" + END, "ab")
    typed(machine, "echo ad" + LEFT + "bc" + RIGHT + "e", "abcde")


def test_backspace_and_kill(machine):
    typed(machine, "echo abc\x7f\x7fx", "ax")
    typed(machine, "garbage\x15echo kept", "kept")
    typed(machine, "echo one two\x17", "one")


def test_history(machine):
    typed(machine, "echo first-''command", "first-command")
    typed(machine, "echo second-''command", "second-command")
    typed(machine, UP + UP, "first-command")
    typed(machine, UP + UP + UP + DOWN, "second-command")


def test_completion(machine):
    machine.command("touch a-rather-unusual-name")
    typed(machine, "echo a-rath\t", "a-rather-unusual-name")


def test_driver_echo_and_editing(machine):
    feed(machine, "cat > f", "wrong\x15abd\x7fc\r", "two words\x17line\r", "\x04")
    assert machine.command("cat f") == "abc\ntwo line"


def test_end_of_file_in_the_middle_of_a_line(machine):
    feed(machine, "cat > f", "no newline\x04\x04")
    assert machine.command("cat f; echo; wc -c < f") == "no newline\n10"


def test_literal_next(machine):
    feed(machine, "cat > f", "a\x16\x03b\r\x04")
    assert machine.command("od -An -c f").split() == ["a", "003", "b", "\\n"]


def test_settings(machine):
    output = machine.command("stty -a < /dev/console")
    for setting in ("intr = ^C", "susp = ^Z", "eof = ^D", "icrnl", "opost", "onlcr", "isig", "icanon"):
        assert setting in output
    assert not re.search(r"-(isig|icanon|icrnl|opost|echo)\b", output)


def test_settings_can_be_saved_and_restored(machine):
    assert machine.command("s=$(stty -g); stty -isig -icanon min 3 time 2; stty $s; test \"$(stty -g)\" = \"$s\"; echo $?") == "0"


def test_no_echo(machine):
    machine.type("stty -echo; echo rea''dy; read x; stty echo; echo \"<$x>\"\r")
    machine.expect("ready\r*\n")
    machine.type("hidden\r")
    match = machine.expect("<hidden>")
    assert match and "hidden" not in machine.console.before
    machine.expect(vm.PROMPT)


def test_raw_mode(machine):
    machine.type("stty raw -echo; dd bs=1 count=3 2> /dev/null | od -An -c; stty -raw echo\r")
    machine.settle(0.5)
    machine.type("\x03\r\x1a")
    machine.expect(r"003 +\\r +032")
    machine.expect(vm.PROMPT)


def test_minimum_and_time(machine):
    output = machine.command("stty -icanon min 0 time 3; cat > f; stty icanon; wc -c < f")
    assert output.strip() == "0"


def test_window_size(machine):
    machine.command("stty rows 33 cols 77")
    assert machine.command("stty size") == "33 77"
    machine.command("stty rows 24 cols 80")


def test_window_change_signal(machine):
    command = "sh -c 'trap \"echo changed\" WINCH; stty rows 40; stty rows 24; sleep 0.2; echo end'"
    assert "changed" in machine.command(command)


def test_interrupt_key_can_be_changed(machine):
    machine.type("stty intr ^G; sleep 100\r")
    machine.settle(0.5)
    machine.type("\x07")
    machine.expect(vm.PROMPT, 10)
    machine.command("stty intr ^C")


def test_not_a_terminal(machine):
    output, status = machine.sh("stty -a < /dev/null")
    assert status != 0 and "appropriate ioctl" in output
    assert machine.sh("test -t 0").status == 0
    assert machine.sh("test -t 0 < /dev/null").status == 1
    assert machine.command("tty") != "not a tty"


def test_flow_control(machine):
    machine.type("\x13")
    machine.type("echo fl''owed\r")
    machine.settle(0.5)
    assert "flowed" not in machine.console.before
    machine.type("\x11")
    machine.expect("flowed")
    machine.expect(vm.PROMPT)


def test_fast_typing_loses_nothing(machine):
    text = "".join(chr(ord("a") + i % 26) for i in range(700))
    feed(machine, "cat > f", f"{text}\r{text}\r\x04")
    assert machine.command("wc -c < f").strip() == "1402"
