"""concurrent.futures with processes, by whatever start method is this Python's default, and with a worker that dies."""
import concurrent.futures
import os


def work(n):
    return sum(range(n))


if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(3) as pool:
        print(sum(pool.map(work, range(100), chunksize=5)))
        print(pool.submit(pow, 2, 100).result())
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        try:
            pool.submit(os._exit, 3).result()
        except concurrent.futures.process.BrokenProcessPool:
            print("broken pool")
