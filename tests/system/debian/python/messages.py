"""Sockets: streams, datagrams, descriptors that travel, selectors; and files in memory."""
import array
import mmap
import os
import select
import selectors
import signal
import socket
import socketserver
import struct
import threading

a, b = socket.socketpair()
a.sendall(b"hello")
print("pair", b.recv(5), a.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM)
pid, uid, gid = struct.unpack("3i", a.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
print("peer", pid == os.getpid(), uid, gid)

reading, writing = os.pipe()
socket.send_fds(a, [b"take"], [writing])
message, fds, flags, address = socket.recv_fds(b, 16, 4)
os.write(fds[0], b"through")
print("descriptors", message, len(fds), os.read(reading, 16))

path = "/tmp/messages.sock"
if os.path.exists(path):
    os.unlink(path)


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


with socketserver.ThreadingUnixStreamServer(path, Upper) as server:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for text in ("one", "two", "three"):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(text.encode() + b"\n")
            client.shutdown(socket.SHUT_WR)
            print("server", client.makefile().read().strip())
    server.shutdown()
    thread.join()

one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
two = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
one.bind("\0python-one")
two.bind("\0python-two")
one.sendto(b"datagram", "\0python-two")
print("datagram", two.recvfrom(100))

a.settimeout(0.05)
try:
    a.recv(1)
except TimeoutError as error:
    print("timeout", error)

selector = selectors.DefaultSelector()
print("selector", type(selector).__name__)
selector.register(b, selectors.EVENT_READ, "b")
print("idle", selector.select(0))
a.send(b"x")
print("ready", [(key.data, events) for key, events in selector.select(1)])

poll = select.epoll()
poll.register(b.fileno(), select.EPOLLIN | select.EPOLLET)
print("edge", len(poll.poll(1)), poll.poll(0))

counter = os.eventfd(3, os.EFD_NONBLOCK)
os.eventfd_write(counter, 4)
print("eventfd", os.eventfd_read(counter))
timer = os.timerfd_create(0) if hasattr(os, "timerfd_create") else None
if timer is not None:
    os.timerfd_settime(timer, initial=0.01)
    print("timerfd", int.from_bytes(os.read(timer, 8), "little"))

memory = os.memfd_create("python")
os.ftruncate(memory, 4096)
with mmap.mmap(memory, 4096) as view:
    view[:5] = b"bytes"
print("memfd", os.pread(memory, 5, 0), os.readlink(f"/proc/self/fd/{memory}"))

child = os.fork()
if not child:
    signal.pause()
pidfd = os.pidfd_open(child)
signal.pidfd_send_signal(pidfd, signal.SIGTERM)
print("pidfd", select.select([pidfd], [], [], 10)[0] == [pidfd], os.waitid(os.P_PIDFD, pidfd, os.WEXITED).si_status)
