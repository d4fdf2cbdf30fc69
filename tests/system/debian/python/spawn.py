"""multiprocessing by spawn."""
import multiprocessing

import pool

if __name__ == "__main__":
    pool.main(multiprocessing.get_context("spawn"))
