"""More of CPython's test suite: `make test-debian`, and no part of `make test`."""

import pytest

import cpython

ROOT = "cpython"
MODULES = [
    "test_wait3",
    "test_wait4",
    "test_popen",
    "test_select",
    "test_selectors",
    "test_poll",
    "test_mmap",
    "test_fcntl",
    "test_resource",
    "test_multiprocessing_fork.test_misc",
    "test_multiprocessing_fork.test_manager",
    "test_multiprocessing_spawn.test_processes",
    "test_multiprocessing_forkserver.test_processes",
    "test_concurrent_futures.test_process_pool",
    "test_concurrent_futures.test_thread_pool",
    "test_asyncio.test_subprocess",
    "test_asyncio.test_unix_events",
]


@pytest.mark.parametrize("module", MODULES)
def test_module(machine, module):
    cpython.run(machine, module, 1700)
