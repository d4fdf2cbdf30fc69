"""signal: handlers, masks, timers, waiting for signals, interrupted calls, wake-up descriptor, real-time ones in order."""
import errno
import os
import select
import signal
import time

got = []
signal.signal(signal.SIGUSR1, lambda s, f: got.append(s))
os.kill(os.getpid(), signal.SIGUSR1)
print("handler", got == [signal.SIGUSR1])
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR1)
print("pending", signal.sigpending() == {signal.SIGUSR1}, len(got))
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
print("once", len(got))
print("ignored", signal.signal(signal.SIGUSR1, signal.SIG_IGN) is not None, os.kill(os.getpid(), signal.SIGUSR1))

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN, signal.SIGRTMIN + 1])
for i in range(3):
    os.kill(os.getpid(), signal.SIGRTMIN + 1)
os.kill(os.getpid(), signal.SIGRTMIN)
order = [signal.sigtimedwait([signal.SIGRTMIN, signal.SIGRTMIN + 1], 1).si_signo - signal.SIGRTMIN for _ in range(4)]
print("queued", order, signal.sigtimedwait([signal.SIGRTMIN], 0.05))
if (pid := os.fork()) == 0:
    os.kill(os.getppid(), signal.SIGRTMIN)
    os._exit(0)
info = signal.sigwaitinfo([signal.SIGRTMIN])
print("info", info.si_pid == pid, info.si_uid, info.si_code)
os.wait()

ticks = []
signal.signal(signal.SIGALRM, lambda s, f: ticks.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
while len(ticks) < 5:
    signal.pause()
signal.setitimer(signal.ITIMER_REAL, 0)
print("ticks", len(ticks) >= 5, signal.getitimer(signal.ITIMER_REAL))
signal.signal(signal.SIGVTALRM, lambda s, f: ticks.clear())
signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
while ticks:
    pass
print("virtual", ticks)
signal.alarm(1)
start = time.monotonic()
time.sleep(1.3)
print("slept on", time.monotonic() - start >= 1.3, len(ticks))


class Stop(Exception):
    pass


def stop(*_):
    raise Stop


signal.signal(signal.SIGALRM, stop)
r, w = os.pipe()
for name, wait in (("read", lambda: os.read(r, 1)), ("select", lambda: select.select([r], [], [])),
                   ("poll", lambda: select.poll().poll()), ("wait", lambda: os.waitpid(-1, 0)), ("sleep", lambda: time.sleep(100))):
    if name == "wait" and (child := os.fork()) == 0:
        time.sleep(100)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        wait()
    except Stop:
        print("interrupted", name)
os.kill(child, 9)
os.wait()

r, w = os.pipe()
os.set_blocking(w, False)
signal.set_wakeup_fd(w)
signal.signal(signal.SIGUSR2, lambda s, f: None)
os.kill(os.getpid(), signal.SIGUSR2)
print("wake-up", os.read(r, 10) == bytes([signal.SIGUSR2]))
signal.set_wakeup_fd(-1)

children = []
signal.signal(signal.SIGCHLD, lambda s, f: children.append(os.waitpid(-1, os.WNOHANG)[0]))
for _ in range(10):
    if os.fork() == 0:
        os._exit(0)
    while not children or children[-1] == 0:
        time.sleep(0.001)
    children.append(0)
print("children", len(children) - children.count(0))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
if os.fork() == 0:
    os._exit(0)
time.sleep(0.1)
try:
    os.waitpid(-1, 0)
except ChildProcessError as error:
    print("no zombies", error.errno == errno.ECHILD)
print(signal.strsignal(signal.SIGSEGV), len(signal.valid_signals()))
r, w = os.pipe()
os.close(r)
try:
    os.write(w, b"x")
except BrokenPipeError:
    print("broken pipe")
