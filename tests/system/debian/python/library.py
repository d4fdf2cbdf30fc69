"""The library: compression, sums, sqlite, decimals, json, regular expressions, time, processes' own facts."""
import bz2
import ctypes
import datetime
import decimal
import hashlib
import json
import locale
import lzma
import os
import platform
import re
import resource
import sqlite3
import struct
import sys
import time
import uuid
import zlib

data = b"some text " * 5000
for module in (zlib, bz2, lzma):
    print(module.__name__, module.decompress(module.compress(data)) == data)
print(hashlib.sha256(data).hexdigest()[:16], hashlib.blake2b(data).hexdigest()[:16], hashlib.md5(data).hexdigest()[:16])
db = sqlite3.connect("data.db")
db.execute("create table t (n integer, s text)")
with db:
    db.executemany("insert into t values (?, ?)", ((i, str(i) * 3) for i in range(1000)))
print("sqlite", db.execute("select count(*), sum(n), max(s) from t where n % 7 = 0").fetchone(), os.path.getsize("data.db") > 0)
db.close()
decimal.getcontext().prec = 50
print(decimal.Decimal(2).sqrt())
print(json.loads(json.dumps({"a": [1, 2.5, None, "ü"]})), re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"))
print(2**200 % 10**20, sum(1 / n**2 for n in range(1, 10000)), struct.pack("<dI", 1.5, 7).hex())
print(datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).isoformat(), time.strftime("%F", time.gmtime(0)))
print(platform.machine(), platform.system(), sys.byteorder, sys.maxsize, platform.libc_ver()[0])
a, b = time.monotonic_ns(), time.monotonic_ns()
print("clocks", b >= a, time.time() > 1e9, time.process_time() > 0, time.thread_time() > 0)
start = time.process_time()
while time.process_time() - start < 0.05:
    pass
print("cpu time", resource.getrusage(resource.RUSAGE_SELF).ru_utime > 0)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (50, hard))
try:
    files = [open("/dev/null") for _ in range(60)]
except OSError as error:
    print("limit", error.strerror)
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, -1))
try:
    bytearray(1 << 30)
except MemoryError:
    print("no memory")
print(len(uuid.uuid4().hex), os.cpu_count() >= 1, len(os.sched_getaffinity(0)) >= 1, os.getpriority(os.PRIO_PROCESS, 0))
libc = ctypes.CDLL("libc.so.6", use_errno=True)
print(libc.abs(-5), ctypes.string_at(libc.strchr(b"a", 97) and b"ctypes"), libc.open(b"/none", 0), ctypes.get_errno())
callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))(lambda a, b: a[0] - b[0])
array = (ctypes.c_int * 5)(5, 3, 1, 4, 2)
libc.qsort(array, 5, 4, callback)
print(list(array), locale.setlocale(locale.LC_ALL, "C.UTF-8"))
print(os.uname().sysname, os.getlogin() if False else "", open("/proc/self/comm").read().strip()[:6], os.readlink("/proc/self/exe"))
print(sorted(os.environ)[:0], len(sys.argv), os.path.basename(sys.executable), sys.flags.optimize)
