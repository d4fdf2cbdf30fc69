"""A virtual machine on the other end of a serial line, and the shell that waits there.

Machine boots a kernel with an initramfs under QEMU and talks to its console as a person would: everything goes through
the terminal's line editing. sh() runs a command and gives its output and status; type() and expect() are for tests
about the terminal itself. A kernel panic or an unexpected end of QEMU raises MachineDied with the console log.
"""

import collections
import io
import itertools
import os
import re
import time

import pexpect

PLACEMENT = os.environ.get("TINE_PLACEMENT", "micro")
OUT = "build/mono" if PLACEMENT == "mono" else "build"
KERNEL = os.environ.get("TINE_KERNEL", f"{OUT}/tine.bin")
INITRD = os.environ.get("TINE_INITRD", "build/tests.cpio")
DEBIAN = os.environ.get("TINE_DEBIAN", "build/debian-tests.cpio")
CPYTHON = os.environ.get("TINE_CPYTHON", "build/cpython-tests.cpio")
ROOTS = {
    "busybox": {"initrd": INITRD},
    "debian": {"initrd": DEBIAN, "memory": "1G"},
    "cpython": {"initrd": CPYTHON, "memory": "2G"},
}
ON_LINUX = os.environ.get("TINE_REFERENCE") == "linux"
BOOT_SECONDS = int(os.environ.get("TINE_BOOT_SECONDS", "180" if ON_LINUX else "60"))
HARTS = int(os.environ.get("TINE_HARTS", "1"))
COMMAND_SECONDS = 20
APPEND = "console=ttyS0 quiet loglevel=1" if ON_LINUX else "console=ttyS0 quiet"
PANIC = r"(?i)kernel panic[^\r\n]*|\r\npanic[:, ][^\r\n]*"
FIRST_PROMPT = r"[#$] (?:\x1b\[6n)?$"
PROMPT = "tine> "

Result = collections.namedtuple("Result", "output status")


class MachineDied(Exception):
    """The machine panicked, ended or stopped answering; the text is the tail of its console."""


def clean(text):
    """Console output as a file would hold it: plain newlines, no escape sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r\n", "\n").replace("\r", "")


class Machine:
    def __init__(self, kernel=None, initrd=INITRD, memory="512M", smp=HARTS, append=APPEND, options=(), board="virt"):
        """Starts QEMU; does not wait for anything. initrd None boots without one, append None without a command line."""
        arguments = ["-M", board, "-m", memory, "-smp", str(smp), "-nographic", "-no-reboot"]
        arguments += ["-kernel", kernel or KERNEL, *options]
        if append is not None:
            arguments += ["-append", append]
        if initrd:
            arguments += ["-initrd", str(initrd)]
        self.log = io.StringIO()
        self.alive = True
        self.marks = itertools.count()
        self.console = pexpect.spawn(
            "qemu-system-riscv64", arguments, encoding="utf-8", codec_errors="replace", timeout=COMMAND_SECONDS, echo=False
        )
        self.console.delaybeforesend = None
        self.console.logfile_read = self.log

    def died(self, why):
        self.alive = False
        return MachineDied(f"{why}; the console's last lines:\n{self.tail()}")

    def tail(self, lines=60):
        return "\n".join(self.log.getvalue().replace("\r", "").split("\n")[-lines:])

    def expect(self, pattern, timeout=COMMAND_SECONDS):
        """Waits for the regular expression and returns its match."""
        which = self.console.expect([pattern, PANIC, pexpect.EOF, pexpect.TIMEOUT], timeout=timeout)
        if which == 1:
            self.settle(2)
            raise self.died("kernel panic")
        if which == 2:
            raise self.died("QEMU ended")
        if which == 3:
            raise TimeoutError(f"no {pattern!r} within {timeout} s; the console's last lines:\n{self.tail()}")
        return self.console.match

    def settle(self, seconds):
        """Takes in what still comes within that time, so that a panic's registers get into the log."""
        self.console.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=seconds)

    def type(self, text):
        self.console.send(text)

    def wait_boot(self):
        """Waits for the shell's first prompt and gives it one that cannot be mistaken."""
        try:
            self.expect(FIRST_PROMPT, BOOT_SECONDS)
        except TimeoutError as error:
            raise self.died(f"no prompt within {BOOT_SECONDS} s") from error
        self.type("PS1='ti''ne> '\r")
        self.expect(PROMPT)
        self.sh("cd /root; export PATH=/bin:/sbin:/usr/bin:/usr/sbin")
        return self

    def sh(self, command, timeout=COMMAND_SECONDS):
        """Runs the command (may have several lines) and returns (output, status)."""
        mark = next(self.marks)
        self.type(f'echo __"B{mark}"__; {{\r' + command.replace("\n", "\r") + f'\r}}; echo __"E{mark}"__$?__\r')
        try:
            self.expect(f"__B{mark}__\r*\n", timeout)
            status = self.expect(f"__E{mark}__([0-9]+)__\r*\n", timeout)
            output = clean(self.console.before)
            self.expect(PROMPT, timeout)
        except TimeoutError as error:
            self.interrupt()
            raise error
        return Result(output, int(status.group(1)))

    def interrupt(self):
        """Brings back the prompt from whatever hangs there, or gives the machine up."""
        self.type("\x03\x03")
        time.sleep(0.2)
        self.type("\r")
        try:
            self.expect(PROMPT, 5)
            self.type('echo __"R"__\r')
            self.expect("__R__\r*\n", 5)
            self.expect(PROMPT, 5)
        except TimeoutError:
            self.alive = False

    def command(self, command, timeout=COMMAND_SECONDS):
        """Runs a command that must succeed; returns its output without the last newline."""
        output, status = self.sh(command, timeout)
        assert status == 0, f"{command!r} ended with status {status}:\n{output}"
        return output.rstrip("\n")

    def exit_status(self, timeout=COMMAND_SECONDS):
        """Waits for QEMU to end by itself and returns its exit status."""
        if self.console.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=timeout) == 1:
            raise self.died("QEMU did not end")
        self.console.wait()
        self.alive = False
        return self.console.exitstatus

    def close(self):
        self.alive = False
        self.console.close(force=True)
