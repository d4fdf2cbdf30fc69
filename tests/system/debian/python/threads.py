"""threading and concurrent.futures: locks, conditions, barriers, queues, timeouts, locals, many threads, fork among them."""
import concurrent.futures
import os
import queue
import signal
import subprocess
import sys
import threading
import time

n = 0
lock = threading.Lock()


def add():
    global n
    for _ in range(1000):
        with lock:
            n += 1


threads = [threading.Thread(target=add) for _ in range(20)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("locked", n)

q = queue.Queue(3)
consumer = threading.Thread(target=lambda: print("consumed", sum(iter(q.get, None))))
consumer.start()
for i in range(200):
    q.put(i)
q.put(None)
consumer.join()

barrier = threading.Barrier(5)
order = []


def meet():
    for round in range(10):
        barrier.wait()
        order.append(round)


threads = [threading.Thread(target=meet) for _ in range(5)]
[t.start() for t in threads]
[t.join() for t in threads]
print("barrier", len(order), order == sorted(order))

condition = threading.Condition()
turn = 0


def ping(me):
    global turn
    for _ in range(100):
        with condition:
            condition.wait_for(lambda: turn % 2 == me)
            turn += 1
            condition.notify_all()


threads = [threading.Thread(target=ping, args=(i,)) for i in range(2)]
[t.start() for t in threads]
[t.join() for t in threads]
print("turns", turn)

event = threading.Event()
print("event", event.wait(0.05), lock.acquire(timeout=0.05), lock.acquire(timeout=0.05))
lock.release()
semaphore = threading.Semaphore(2)
print("semaphore", semaphore.acquire(), semaphore.acquire(), semaphore.acquire(timeout=0.05))
timer = threading.Timer(0.05, event.set)
timer.start()
print("timer", event.wait(5))
local = threading.local()
local.x = 1
seen = []
t = threading.Thread(target=lambda: seen.append(hasattr(local, "x")))
t.start()
t.join()
print("local", seen)
print("names", len({threading.get_native_id()} | set(map(int, os.listdir("/proc/self/task")))) == threading.active_count())

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    print("pool", sum(pool.map(lambda x: x * x, range(500))))
    futures = [pool.submit(time.sleep, 0.01 * i) for i in range(5)]
    print("done", len(concurrent.futures.wait(futures).done))
    try:
        pool.submit(lambda: 1 / 0).result()
    except ZeroDivisionError as error:
        print(error)
    print("children", sorted(pool.map(lambda i: subprocess.run(["sh", "-c", f"exit {i}"]).returncode, range(20))))

stop = threading.Event()
threads = [threading.Thread(target=stop.wait) for _ in range(100)]
[t.start() for t in threads]
print("at once", threading.active_count())
# Only the thread that forks lives on in the child.
if (pid := os.fork()) == 0:
    os._exit(len(os.listdir("/proc/self/task")))
print("in the child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
stop.set()
[t.join() for t in threads]
print("then", threading.active_count(), len(os.listdir("/proc/self/task")))

got = []
signal.signal(signal.SIGUSR1, lambda *a: got.append(threading.current_thread() is threading.main_thread()))
t = threading.Thread(target=lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1))
t.start()
t.join()
t = threading.Thread(target=lambda: (time.sleep(0.1), os.kill(os.getpid(), signal.SIGUSR1)))
t.start()
signal.pause()
t.join()
print("signals", got)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
waiter = threading.Thread(target=lambda: got.append(signal.sigwait({signal.SIGUSR2}) == signal.SIGUSR2))
waiter.start()
time.sleep(0.05)
os.kill(os.getpid(), signal.SIGUSR2)
waiter.join()
print("sigwait", got)

# exec from a thread that is not the first, while others wait: the process keeps its number.
if (pid := os.fork()) == 0:
    for _ in range(5):
        threading.Thread(target=time.sleep, args=(100,)).start()
    threading.Thread(target=os.execv, args=("/bin/sh", ["sh", "-c", f"[ $$ = {os.getpid()} ] && ls /proc/self/task | wc -l"])).start()
    time.sleep(100)
print("exec", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
# The end of the process ends all.
if (pid := os.fork()) == 0:
    threading.Thread(target=time.sleep, args=(100,)).start()
    threading.Thread(target=os._exit, args=(9,)).start()
    time.sleep(100)
print("exit", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
sys.exit(0)
