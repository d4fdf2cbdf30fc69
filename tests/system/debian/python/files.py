"""os, io, mmap, fcntl, tempfile, shutil, select: what programs do with files."""
import errno
import fcntl
import mmap
import os
import pathlib
import select
import shutil
import stat
import tempfile
import zlib

path = pathlib.Path("file")
path.write_bytes(bytes(range(256)) * 64)
with open("file", "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
    m[100:104] = b"mmap"
    print("find", m.find(b"mmap"), len(m))
    m.flush()
    f.seek(100)
    print(f.read(4))
    private = mmap.mmap(f.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    private[0:4] = b"mine"
    f.seek(0)
    print(f.read(4), private[0:4])
anonymous = mmap.mmap(-1, 1 << 16)
if os.fork() == 0:
    anonymous[0:5] = b"child"
    os._exit(0)
os.wait()
print(anonymous[0:5])
with open("file", "rb") as f:
    print(os.pread(f.fileno(), 4, 10), os.preadv(f.fileno(), [bytearray(2), bytearray(3)], 20), f.tell())
    g = os.dup(f.fileno())
    os.lseek(f.fileno(), 7, os.SEEK_SET)
    print(os.lseek(g, 0, os.SEEK_CUR), fcntl.fcntl(g, fcntl.F_GETFL) & os.O_ACCMODE, os.get_inheritable(g))
with open("lock", "w") as f:
    fcntl.lockf(f, fcntl.LOCK_EX)
    if os.fork() == 0:
        try:
            with open("lock", "w") as g:
                fcntl.lockf(g, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    print("lock", os.waitstatus_to_exitcode(os.wait()[1]) in (errno.EAGAIN, errno.EACCES))
    fcntl.flock(f, fcntl.LOCK_EX)
os.makedirs("a/b/c")
os.symlink("../file", "a/link")
os.link("file", "a/hard")
print(os.readlink("a/link"), os.path.realpath("a/link").endswith("/file"), os.stat("file").st_nlink)
print([(r, sorted(d), sorted(f)) for r, d, f in os.walk("a")])
with os.scandir("a") as entries:
    print(sorted((e.name, e.is_dir(), e.is_symlink()) for e in entries))
shutil.copytree("a", "copy", symlinks=True)
print(sorted(os.listdir("copy")))
shutil.make_archive("archive", "gztar", "a")
shutil.unpack_archive("archive.tar.gz", "unpacked", filter="fully_trusted")
print(sorted(os.listdir("unpacked")))
shutil.rmtree("copy")
os.chmod("file", 0o4755)
print(stat.filemode(os.stat("file").st_mode), os.access("file", os.X_OK))
os.utime("file", ns=(10**18, 2 * 10**18 + 5))
print(os.stat("file").st_mtime_ns)
os.truncate("file", 10)
print(os.path.getsize("file"), os.statvfs("/").f_bsize)
os.rename("file", "renamed")
os.replace("renamed", "file")
with tempfile.TemporaryDirectory() as d, tempfile.NamedTemporaryFile(dir=d) as f, tempfile.TemporaryFile() as g:
    f.write(b"x" * 1000)
    f.flush()
    g.write(b"y")
    print(os.path.getsize(f.name), os.listdir(d) == [os.path.basename(f.name)])
r, w = os.pipe()
poll = select.poll()
poll.register(r, select.POLLIN)
print(poll.poll(0), os.write(w, b"x"), [(fd == r, e) for fd, e in poll.poll(1000)], select.select([r], [w], [], 0)[1] == [w])
print(fcntl.fcntl(w, fcntl.F_GETPIPE_SZ), fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 8192))
with open("file", "rb") as f, open("sent", "wb") as g:
    print("sendfile", os.sendfile(g.fileno(), f.fileno(), 0, 10), os.copy_file_range(f.fileno(), g.fileno(), 5, 0))
fd = os.open("a", os.O_RDONLY | os.O_DIRECTORY)
os.mkdir("at", dir_fd=fd)
print(sorted(os.listdir(fd)), os.stat("hard", dir_fd=fd).st_ino == os.stat("file").st_ino)
os.rename("at", "to", src_dir_fd=fd, dst_dir_fd=fd)
os.rmdir("to", dir_fd=fd)
for call in (lambda: os.open("none", 0), lambda: os.mkdir("a"), lambda: os.rmdir("a"), lambda: os.open("file/x", 0),
             lambda: os.unlink("a/b"), lambda: os.read(99, 1), lambda: os.open("a", os.O_WRONLY), lambda: os.link("file", "a/hard")):
    try:
        call()
    except OSError as error:
        print(errno.errorcode[error.errno], end=" ")
print()
os.set_inheritable(fd, True)
print("devices", open("/dev/zero", "rb").read(3), len(os.urandom(5)), os.getrandom(4) != b"")
print(zlib.crc32(open("/bin/sh", "rb").read()) == zlib.crc32(pathlib.Path("/usr/bin/dash").read_bytes()))
os.chdir("a")
print(os.getcwd().endswith("/a"), sorted(os.listdir()))
open("sparse", "wb").truncate(1 << 30)
print(os.path.getsize("sparse"), os.stat("sparse").st_blocks)
