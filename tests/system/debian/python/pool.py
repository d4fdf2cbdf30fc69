"""multiprocessing by fork: pools, queues, pipes, locks and values in shared memory, a manager-less worker that dies."""
import multiprocessing
import os
import signal
import time
from multiprocessing import shared_memory


def square(x):
    return x * x


def count(value, lock, n):
    for _ in range(n):
        with lock:
            value.value += 1


def consume(q, results):
    while (item := q.get()) is not None:
        results.put(item * 2)


def fill(name, i):
    memory = shared_memory.SharedMemory(name)
    memory.buf[i] = i
    memory.close()


def main(context):
    with context.Pool(4) as pool:
        print("map", sum(pool.map(square, range(10000))))
        print("apply", pool.apply_async(square, (9,)).get(10))
        print("unordered", sum(pool.imap_unordered(square, range(50), chunksize=5)))
    value, lock = context.Value("i", 0, lock=False), context.Lock()
    workers = [context.Process(target=count, args=(value, lock, 200)) for _ in range(4)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    print("value", value.value, [w.exitcode for w in workers])
    q, results = context.Queue(), context.Queue()
    workers = [context.Process(target=consume, args=(q, results)) for _ in range(3)]
    [w.start() for w in workers]
    for i in range(100):
        q.put(i)
    for w in workers:
        q.put(None)
    print("queue", sum(results.get() for _ in range(100)))
    [w.join() for w in workers]
    a, b = context.Pipe()
    worker = context.Process(target=b.send, args=([1, "two", 3.0],))
    worker.start()
    print("pipe", a.recv())
    worker.join()
    worker = context.Process(target=time.sleep, args=(100,))
    worker.start()
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    print("killed", worker.exitcode)
    memory = shared_memory.SharedMemory(create=True, size=4096)
    workers = [context.Process(target=fill, args=(memory.name, i)) for i in range(4)]
    [w.start() for w in workers]
    [w.join() for w in workers]
    print("shared memory", bytes(memory.buf[:4]))
    memory.close()
    memory.unlink()
    event, barrier = context.Event(), context.Barrier(3)
    workers = [context.Process(target=barrier.wait) for _ in range(2)]
    [w.start() for w in workers]
    barrier.wait(10)
    [w.join() for w in workers]
    print("event", event.wait(0.05))


if __name__ == "__main__":
    main(multiprocessing.get_context("fork"))
