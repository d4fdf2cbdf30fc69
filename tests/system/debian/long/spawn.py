"""multiprocessing by spawn."""
import multiprocessing
import sys

sys.path.insert(0, "/tests/python")

import pool

if __name__ == "__main__":
    pool.main(multiprocessing.get_context("spawn"))
