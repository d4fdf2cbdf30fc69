"""The terminal: line editing and history of the shell in raw mode, the driver's own editing, modes, size."""

import re

import machine as vm

UP, DOWN, RIGHT, LEFT, HOME, END = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F"


def typed(machine, keys):
    """What a line made by these keys prints. The prompt after it is waited for."""
    machine.type(keys + "\r")
    machine.expect(vm.PROMPT)
    return vm.clean(machine.console.before)


def test_arrow_keys(machine):
    assert "\nacb\n" in typed(machine, "echo ab" + LEFT + "c")
    assert "\nab\n" in typed(machine, "cho ab" + HOME + "e" + END)


def test_backspace_and_kill(machine):
    assert "\nax\n" in typed(machine, "echo abc\x7f\x7fx")
    assert "\nkept\n" in typed(machine, "garbage\x15echo kept")
    assert "\none\n" in typed(machine, "echo one two\x17")


def test_history(machine):
    typed(machine, "echo first-''command")
    typed(machine, "echo second-''command")
    assert "\nfirst-command\n" in typed(machine, UP + UP)
    assert "\nsecond-command\n" in typed(machine, UP + UP + UP + DOWN)


def test_completion(machine):
    machine.command("touch a-rather-unusual-name")
    assert "\na-rather-unusual-name\n" in typed(machine, "echo a-rath\t")


def test_driver_echo_and_editing(machine):
    machine.type("cat > f\r")
    machine.type("wrong\x15abd\x7fc\r")
    machine.type("two words\x17line\r")
    machine.type("\x04")
    machine.expect(vm.PROMPT)
    assert machine.command("cat f") == "abc\ntwo line"


def test_end_of_file_in_the_middle_of_a_line(machine):
    machine.type("cat > f\r")
    machine.type("no newline\x04\x04")
    machine.expect(vm.PROMPT)
    assert machine.command("cat f; echo; wc -c < f") == "no newline\n10"


def test_literal_next(machine):
    machine.type("cat > f\r")
    machine.type("a\x16\x03b\r\x04")
    machine.expect(vm.PROMPT)
    assert machine.command("od -An -c f").split() == ["a", "003", "b", "\\n"]


def test_settings(machine):
    output = machine.command("stty -a < /dev/console")
    for setting in ("intr = ^C", "susp = ^Z", "eof = ^D", "icrnl", "opost", "onlcr", "isig", "icanon"):
        assert setting in output
    assert not re.search(r"-(isig|icanon|icrnl|opost|echo)\b", output)


def test_settings_can_be_saved_and_restored(machine):
    assert machine.command("s=$(stty -g); stty -isig -icanon min 3 time 2; stty $s; test \"$(stty -g)\" = \"$s\"; echo $?") == "0"


def test_no_echo(machine):
    machine.type("stty -echo; read x; stty echo; echo \"<$x>\"\r")
    machine.expect("echo \"<.x>\"\r*\n")
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
    assert re.fullmatch(r"\d+ \d+", machine.command("stty size"))
    machine.command("stty rows 33 cols 77")
    assert machine.command("stty size") == "33 77"
    machine.command("stty rows 24 cols 80")


def test_window_change_signal(machine):
    command = "sh -c 'trap \"echo changed\" WINCH; stty rows 40; stty rows 24; sleep 0.2; echo end'"
    assert "changed" in machine.command(command)


def test_output_processing(machine):
    machine.type("stty -opost; printf 'a\\nb\\n'; stty opost\r")
    machine.expect("a\nb\n")
    machine.expect(vm.PROMPT)


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
    machine.type(f"cat > f\r{text}\r{text}\r\x04")
    machine.expect(vm.PROMPT)
    assert machine.command("wc -c < f").strip() == "1402"
