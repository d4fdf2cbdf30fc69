"""pty: a program on a terminal of its own, its settings, its size, its end."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import tty

master, slave = os.openpty()
print("tty", os.isatty(slave), os.ttyname(slave).startswith("/dev/pts/"))
os.write(master, b"typed\n")
print("read", os.read(slave, 100), "echo", os.read(master, 100))
tty.setraw(slave)
os.write(slave, b"raw\n")
print("raw", os.read(master, 100))
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 132, 0, 0))
print("size", os.get_terminal_size(master))
os.close(slave)
try:
    print(os.read(master, 1))
except OSError as error:
    print("closed", error.strerror)
os.close(master)


def talk(arguments, typed):
    """Runs the program on a terminal, types, and returns all that it shows."""
    pid, fd = pty.fork()
    if not pid:
        os.execvp(arguments[0], arguments)
    os.write(fd, typed)
    shown = b""
    while True:
        try:
            data = os.read(fd, 1000)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(fd)
    return shown, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


print("tty command", talk(["sh", "-c", "read line; echo got $line; test -t 0; exit $?"], b"words\n"))

pid, fd = pty.fork()
if not pid:
    signal.signal(signal.SIGINT, lambda *_: os._exit(42))
    os.write(1, b"ready\n")
    while True:
        signal.pause()
while b"ready" not in os.read(fd, 100):
    pass
os.write(fd, b"\x03")
print("ctrl-c", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
os.close(fd)

pid, fd = pty.fork()
if not pid:
    os.execvp("sh", ["sh", "-c", "echo ready; exec sleep 100"])
while b"ready" not in os.read(fd, 100):
    pass
os.close(fd)
print("hangup", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGHUP)
print("select", select.select([], [1], [], 1)[1])
