"""pty, tty, termios: a shell in a pseudo-terminal with its own session, raw mode, window size, hang-up."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
import tty


def read_until(fd, text):
    seen = b""
    while text not in seen and select.select([fd], [], [], 10)[0]:
        try:
            seen += os.read(fd, 1000)
        except OSError:
            break
    return seen


master, slave = pty.openpty()
print(os.isatty(slave), os.ttyname(slave).startswith("/dev/pts/"))
os.write(slave, b"line\n")
print(os.read(master, 100))
os.write(master, b"typed\r")
print(os.read(slave, 100), os.read(master, 100))
tty.setraw(slave)
os.write(master, b"\x03x")
print(os.read(slave, 10))
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
print(os.get_terminal_size(slave))
os.close(slave)
os.close(master)

pid, fd = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "--noediting", "-i"])
os.write(fd, b"PS1='pr''ompt '; stty -echo\n")
read_until(fd, b"prompt ")
os.write(fd, b"tty | cut -c1-9; echo $((6 * 7))\n")
print(read_until(fd, b"42\r\nprompt ").split())
os.write(fd, b"sleep 100\n")
time.sleep(0.3)
os.write(fd, b"\x03")
read_until(fd, b"prompt ")
os.write(fd, b"echo interrupted $?\n")
print(b"interrupted 130" in read_until(fd, b"130\r\nprompt "))
os.write(fd, b"sleep 100\n")
time.sleep(0.3)
os.write(fd, b"\x1a")
print(b"Stopped" in read_until(fd, b"prompt "))
os.write(fd, b"kill %1; wait; exit 5\n")
while True:
    try:
        if not os.read(fd, 1000):
            break
    except OSError:
        break
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

pid, fd = pty.fork()
if pid == 0:
    signal.signal(signal.SIGHUP, lambda *_: os._exit(7))
    os.write(1, b"ready")
    time.sleep(100)
os.read(fd, 10)
os.close(fd)
print("hung up", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
