"""The part of CPython's test suite that is about processes, threads and signals; see cpython.py."""

import pytest

import cpython

ROOT = "cpython"
MODULES = [
    "test_fork1",
    "test_subprocess",
    "test_threading",
    "test_signal",
    "test_posix",
    "test_os",
    "test_pty",
    "test_multiprocessing_fork.test_processes",
    "test_multiprocessing_fork.test_threads",
]


@pytest.mark.parametrize("module", MODULES)
def test_module(machine, module):
    cpython.run(machine, module)
