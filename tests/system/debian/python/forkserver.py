"""multiprocessing by forkserver."""
import multiprocessing

import pool

if __name__ == "__main__":
    pool.main(multiprocessing.get_context("forkserver"))
