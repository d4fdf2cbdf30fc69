"""os.fork and all that waits: statuses, pipes, process groups, orphans, waitid, fork with memory that both sides write."""
import ctypes
import os
import signal
import time

total = 0
for i in range(100):
    if (pid := os.fork()) == 0:
        os._exit(i)
    total += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print("exit codes", total)

pids = []
for i in range(50):
    if (pid := os.fork()) == 0:
        time.sleep(0.001 * (i % 7))
        os._exit(i % 3)
    pids.append(pid)
codes = {}
while pids:
    pid, status = os.wait()
    pids.remove(pid)
    codes[os.waitstatus_to_exitcode(status)] = codes.get(os.waitstatus_to_exitcode(status), 0) + 1
print("any order", sorted(codes.items()))

# A child inherits what was there, and neither sees what the other writes.
data = bytearray(8 << 20)
data[::4096] = b"p" * len(data[::4096])
r, w = os.pipe()
if os.fork() == 0:
    data[::4096] = b"c" * len(data[::4096])
    os.write(w, bytes(data[:4097:4096]))
    os._exit(0)
os.wait()
print("child wrote", os.read(r, 10), "parent has", bytes(data[:4097:4096]), data.count(b"p") == 2048)

# A chain of pipes.
read_end = None
for i in range(20):
    r, w = os.pipe()
    if os.fork() == 0:
        n = int(os.read(read_end, 20)) if read_end is not None else 0
        os.write(w, str(n + i).encode())
        os._exit(0)
    os.close(w)
    if read_end is not None:
        os.close(read_end)
    read_end = r
print("chain", os.read(read_end, 20).decode())
for i in range(20):
    os.wait()

pid = os.fork()
if pid == 0:
    time.sleep(100)
os.kill(pid, signal.SIGSTOP)
info = os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED)
print("stopped", info.si_status == signal.SIGSTOP, info.si_code == os.CLD_STOPPED, info.si_pid == pid)
os.kill(pid, signal.SIGCONT)
print("continued", os.waitid(os.P_PID, pid, os.WCONTINUED).si_code == os.CLD_CONTINUED)
os.kill(pid, signal.SIGTERM)
print("look", os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT).si_code == os.CLD_KILLED)
print("reap", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
try:
    os.waitpid(pid, 0)
except ChildProcessError as error:
    print(error)

# A group of its own, waited for and killed as one.
leader = os.fork()
if leader == 0:
    os.setpgid(0, 0)
    time.sleep(100)
os.setpgid(leader, leader)
for i in range(3):
    if os.fork() == 0:
        os.setpgid(0, leader)
        time.sleep(100)
time.sleep(0.2)
os.killpg(leader, signal.SIGKILL)
print("group", [os.WTERMSIG(os.waitpid(-leader, 0)[1]) for _ in range(4)])

# An orphan comes to the nearest subreaper.
PR_SET_CHILD_SUBREAPER = 36
print("subreaper", ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
r, w = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        while os.getppid() not in (1, os.getsid(0)) and os.stat(f"/proc/{os.getppid()}") and not os.path.exists("gone"):
            time.sleep(0.01)
        os.write(w, str(os.getppid()).encode())
        os._exit(11)
    os._exit(0)
os.wait()
open("gone", "w").close()
print("orphan's parent is me", int(os.read(r, 20)) == os.getpid(), os.waitstatus_to_exitcode(os.wait()[1]))

# Spawned, with file actions, a mask and defaults.
out = os.open("out", os.O_CREAT | os.O_WRONLY)
pid = os.posix_spawn("/bin/sh", ["sh", "-c", "echo spawned; exit 4"], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)],
                     setsigmask=[signal.SIGUSR1], setsigdef=[signal.SIGPIPE], setpgroup=0)
print("spawn", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), open("out").read().strip())

calls = []
os.register_at_fork(before=lambda: calls.append("before"), after_in_parent=lambda: calls.append("parent"),
                    after_in_child=lambda: calls.append("child"))
if os.fork() == 0:
    os._exit(len(calls) if calls == ["before", "child"] else 99)
print("at fork", calls, os.waitstatus_to_exitcode(os.wait()[1]))
