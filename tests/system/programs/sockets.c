/* Unix sockets: streams, datagrams, packets, names, descriptors and credentials that travel. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void pair(int type, int fds[2])
{
    CHECK_EQUAL(socketpair(AF_UNIX, type, 0, fds), 0);
}

/* An address; "@x" stands for the abstract name x. */
static socklen_t address(const char *path, struct sockaddr_un *un)
{
    size_t len = strlen(path);

    memset(un, 0, sizeof(*un));
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, len);
    if (path[0] == '@')
        un->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] != '@'));
}

static int bind_to(int fd, const char *path)
{
    struct sockaddr_un un;
    socklen_t len = address(path, &un);

    return bind(fd, (struct sockaddr *)&un, len);
}

static int connect_to(int fd, const char *path)
{
    struct sockaddr_un un;
    socklen_t len = address(path, &un);

    return connect(fd, (struct sockaddr *)&un, len);
}

static long send_to(int fd, const char *text, const char *path)
{
    struct sockaddr_un un;
    socklen_t len = address(path, &un);

    return sendto(fd, text, strlen(text), 0, (struct sockaddr *)&un, len);
}

static int listener(const char *path, int backlog)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    CHECK_EQUAL(bind_to(fd, path), 0);
    CHECK_EQUAL(listen(fd, backlog), 0);
    return fd;
}

static void put(int fd, const char *text)
{
    CHECK_EQUAL(write(fd, text, strlen(text)), (long)strlen(text));
}

static void expect(int fd, const char *text)
{
    char bytes[256];

    CHECK_EQUAL(read(fd, bytes, sizeof(bytes)), (long)strlen(text));
    CHECK(!memcmp(bytes, text, strlen(text)));
}

static short events_of(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };

    CHECK(poll(&one, 1, 0) >= 0);
    return one.revents;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------- */

TEST(a_stream_has_no_bounds)
{
    int fds[2], n;
    char bytes[16];

    pair(SOCK_STREAM | SOCK_CLOEXEC, fds);
    CHECK_EQUAL(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    put(fds[0], "abc");
    put(fds[0], "def");
    CHECK_EQUAL(ioctl(fds[1], FIONREAD, &n), 0);
    CHECK_EQUAL(n, 6);
    CHECK_EQUAL(recv(fds[1], bytes, 4, MSG_PEEK), 4);
    CHECK_EQUAL(read(fds[1], bytes, 4), 4);
    CHECK(!memcmp(bytes, "abcd", 4));
    expect(fds[1], "ef");
    put(fds[1], "back");
    expect(fds[0], "back");
    CHECK_ERROR(recv(fds[0], bytes, 1, MSG_DONTWAIT), EAGAIN);
    CHECK_ERROR(lseek(fds[0], 0, SEEK_CUR), ESPIPE);
    CHECK_ERROR(pread(fds[0], bytes, 1, 0), ESPIPE);
}

TEST(packets_keep_their_bounds)
{
    int types[] = { SOCK_DGRAM, SOCK_SEQPACKET };

    for (unsigned i = 0; i < 2; i++) {
        int fds[2], n;
        char bytes[16];

        pair(types[i], fds);
        put(fds[0], "first");
        put(fds[0], "second");
        CHECK_EQUAL(ioctl(fds[1], FIONREAD, &n), 0);
        CHECK_EQUAL(n, types[i] == SOCK_DGRAM ? 5 : 11);
        CHECK_EQUAL(recv(fds[1], bytes, 16, MSG_PEEK), 5);
        CHECK_EQUAL(recv(fds[1], bytes, 2, MSG_TRUNC), 5);
        CHECK(!memcmp(bytes, "fi", 2));
        expect(fds[1], "second");
        CHECK_EQUAL(send(fds[0], "", 0, 0), 0);
        put(fds[0], "x");
        CHECK_EQUAL(recv(fds[1], bytes, 16, 0), 0);
        expect(fds[1], "x");
        CHECK_ERROR(recv(fds[1], bytes, 16, MSG_DONTWAIT), EAGAIN);
    }
}

static volatile int caught;

static void handle(int sig)
{
    caught = sig;
}

TEST(the_end_of_a_stream)
{
    int fds[2];
    char c;

    signal(SIGPIPE, handle);
    pair(SOCK_STREAM, fds);
    put(fds[0], "last");
    close(fds[0]);
    CHECK_EQUAL(events_of(fds[1]), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    expect(fds[1], "last");
    CHECK_EQUAL(read(fds[1], &c, 1), 0);
    CHECK_ERROR(send(fds[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_EQUAL(caught, 0);
    CHECK_ERROR(write(fds[1], "x", 1), EPIPE);
    CHECK_EQUAL(caught, SIGPIPE);

    /* Unread bytes make it a reset. */
    pair(SOCK_STREAM, fds);
    put(fds[1], "unread");
    close(fds[0]);
    CHECK_ERROR(read(fds[1], &c, 1), ECONNRESET);
    CHECK_EQUAL(read(fds[1], &c, 1), 0);
}

TEST(the_end_of_packets)
{
    int fds[2];
    char c;

    signal(SIGPIPE, handle);
    pair(SOCK_SEQPACKET, fds);
    put(fds[0], "last");
    close(fds[0]);
    expect(fds[1], "last");
    CHECK_EQUAL(read(fds[1], &c, 1), 0);
    CHECK_ERROR(write(fds[1], "x", 1), EPIPE);
    CHECK_EQUAL(caught, 0);
    pair(SOCK_DGRAM, fds);
    close(fds[0]);
    CHECK_ERROR(write(fds[1], "x", 1), ECONNREFUSED);
    CHECK_ERROR(write(fds[1], "x", 1), ENOTCONN);
    CHECK_ERROR(recv(fds[1], &c, 1, MSG_DONTWAIT), EAGAIN);
}

TEST(shutdown_in_each_direction)
{
    int fds[2];
    char c;

    pair(SOCK_STREAM, fds);
    put(fds[0], "a");
    CHECK_EQUAL(shutdown(fds[0], SHUT_WR), 0);
    CHECK_EQUAL(events_of(fds[1]), POLLIN | POLLOUT | POLLRDHUP);
    expect(fds[1], "a");
    CHECK_EQUAL(read(fds[1], &c, 1), 0);
    CHECK_ERROR(send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    put(fds[1], "b");
    expect(fds[0], "b");
    CHECK_EQUAL(shutdown(fds[0], SHUT_RDWR), 0);
    CHECK_EQUAL(events_of(fds[0]), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
    CHECK_ERROR(shutdown(fds[0], 5), EINVAL);
}

TEST(a_long_write_waits_for_its_reader)
{
    enum { SIZE = 3000000 };
    int fds[2];
    char *bytes = malloc(SIZE);
    pid_t child;
    long sum = 0, n;

    pair(SOCK_STREAM, fds);
    child = check_fork();
    if (!child) {
        for (long i = 0; i < SIZE; i++)
            bytes[i] = (char)(i * 7 + i / 4096);
        close(fds[1]);
        CHECK_EQUAL(write(fds[0], bytes, SIZE), SIZE);
        _exit(0);
    }
    close(fds[0]);
    while ((n = read(fds[1], bytes, 100000)) > 0) {
        for (long i = 0; i < n; i++)
            CHECK_EQUAL(bytes[i], (char)((sum + i) * 7 + (sum + i) / 4096));
        sum += n;
    }
    CHECK_EQUAL(sum, SIZE);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(nonblocking_takes_what_fits)
{
    int fds[2];
    static char bytes[65536];
    long total = 0, n, back = 0;

    pair(SOCK_STREAM | SOCK_NONBLOCK, fds);
    while ((n = write(fds[0], bytes, sizeof(bytes))) > 0)
        total += n;
    CHECK_EQUAL(errno, EAGAIN);
    CHECK(total >= 65536 && total < 1000000);
    CHECK_EQUAL(events_of(fds[0]), 0);
    while ((n = read(fds[1], bytes, sizeof(bytes))) > 0)
        back += n;
    CHECK_EQUAL(back, total);
    CHECK_EQUAL(events_of(fds[0]), POLLOUT);
}

TEST(waitall_waits_for_all)
{
    int fds[2];
    char bytes[8];
    pid_t child;

    pair(SOCK_STREAM, fds);
    child = check_fork();
    if (!child) {
        put(fds[0], "abc");
        sleep_ms(30);
        put(fds[0], "defgh");
        _exit(0);
    }
    CHECK_EQUAL(recv(fds[1], bytes, 8, MSG_WAITALL), 8);
    CHECK(!memcmp(bytes, "abcdefgh", 8));
    CHECK_EQUAL(status_of(child), 0);
}

TEST(timeouts_of_sockets)
{
    int fds[2];
    struct timeval short_time = { 0, 30000 };
    char c;
    long begin = now_ms();

    pair(SOCK_STREAM, fds);
    CHECK_EQUAL(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &short_time, sizeof(short_time)), 0);
    CHECK_ERROR(read(fds[0], &c, 1), EAGAIN);
    CHECK(now_ms() - begin >= 30);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

TEST(connections_through_a_path)
{
    int server = listener("/tmp/t/server", 5), client = socket(AF_UNIX, SOCK_STREAM, 0), conn;
    struct sockaddr_un un;
    socklen_t len = sizeof(un);
    struct stat st;

    CHECK_EQUAL(stat("/tmp/t/server", &st), 0);
    CHECK(S_ISSOCK(st.st_mode));
    CHECK_ERROR(open("/tmp/t/server", O_RDWR), ENXIO);
    CHECK_EQUAL(events_of(server), 0);
    CHECK_EQUAL(connect_to(client, "/tmp/t/server"), 0);
    put(client, "before accept");
    CHECK_EQUAL(events_of(server), POLLIN);
    conn = accept4(server, (struct sockaddr *)&un, &len, SOCK_CLOEXEC);
    CHECK(conn >= 0);
    CHECK_EQUAL(len, 2);
    expect(conn, "before accept");
    put(conn, "hello");
    expect(client, "hello");
    len = sizeof(un);
    CHECK_EQUAL(getsockname(conn, (struct sockaddr *)&un, &len), 0);
    CHECK_EQUAL(len, 2 + strlen("/tmp/t/server") + 1);
    CHECK(!strcmp(un.sun_path, "/tmp/t/server"));
    len = sizeof(un);
    CHECK_EQUAL(getpeername(client, (struct sockaddr *)&un, &len), 0);
    CHECK(!strcmp(un.sun_path, "/tmp/t/server"));
    len = sizeof(un);
    CHECK_EQUAL(getsockname(client, (struct sockaddr *)&un, &len), 0);
    CHECK_EQUAL(len, 2);
    CHECK_ERROR(connect_to(client, "/tmp/t/server"), EISCONN);
    CHECK_ERROR(bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/t/server"), EADDRINUSE);
    CHECK_ERROR(connect_to(socket(AF_UNIX, SOCK_DGRAM, 0), "/tmp/t/server"), EPROTOTYPE);
    close(server);
    CHECK_ERROR(connect_to(socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/t/server"), ECONNREFUSED);
    put(client, "still there");
    expect(conn, "still there");
    CHECK_EQUAL(unlink("/tmp/t/server"), 0);
    CHECK_ERROR(connect_to(socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/t/server"), ENOENT);
}

TEST(abstract_names)
{
    int server = listener("@tine test", 1), client = socket(AF_UNIX, SOCK_STREAM, 0), other;
    struct sockaddr_un un;
    socklen_t len = sizeof(un);

    CHECK_EQUAL(connect_to(client, "@tine test"), 0);
    CHECK_EQUAL(getpeername(client, (struct sockaddr *)&un, &len), 0);
    CHECK_EQUAL(len, 2 + 10);
    CHECK(!memcmp(un.sun_path, "\0tine test", 10));
    CHECK_ERROR(connect_to(socket(AF_UNIX, SOCK_STREAM, 0), "@tine tes"), ECONNREFUSED);
    CHECK_ERROR(bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "@tine test"), EADDRINUSE);
    close(server);
    other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQUAL(bind_to(other, "@tine test"), 0);
    /* A name of the system's choosing. */
    other = socket(AF_UNIX, SOCK_DGRAM, 0);
    un.sun_family = AF_UNIX;
    CHECK_EQUAL(bind(other, (struct sockaddr *)&un, 2), 0);
    len = sizeof(un);
    CHECK_EQUAL(getsockname(other, (struct sockaddr *)&un, &len), 0);
    CHECK_EQUAL(len, 2 + 6);
    CHECK_EQUAL(un.sun_path[0], 0);
}

TEST(permission_to_connect)
{
    listener("/tmp/t/server", 1);
    chmod("/tmp/t", 0755);
    chmod("/tmp/t/server", 0700);
    IN_CHILD
    {
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_ERROR(connect_to(socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/t/server"), EACCES);
        CHECK_ERROR(bind_to(socket(AF_UNIX, SOCK_STREAM, 0), "/tmp/t/other"), EACCES);
    }
}

TEST(backlog_is_bounded)
{
    int server = listener("@backlog", 1), clients[3];

    for (int i = 0; i < 3; i++)
        clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK_EQUAL(connect_to(clients[0], "@backlog"), 0);
    CHECK_EQUAL(connect_to(clients[1], "@backlog"), 0);
    CHECK_ERROR(connect_to(clients[2], "@backlog"), EAGAIN);
    CHECK(accept(server, NULL, NULL) >= 0);
    CHECK_EQUAL(connect_to(clients[2], "@backlog"), 0);
    /* Who is not accepted is reset. */
    close(server);
    char c;
    CHECK_ERROR(read(clients[2], &c, 1), ECONNRESET);
}

TEST(accept_waits_and_connect_waits)
{
    int server = listener("@waits", 0);
    pid_t child = check_fork();

    if (!child) {
        int a = socket(AF_UNIX, SOCK_STREAM, 0), b = socket(AF_UNIX, SOCK_STREAM, 0);

        sleep_ms(30);
        CHECK_EQUAL(connect_to(a, "@waits"), 0);
        CHECK_EQUAL(connect_to(b, "@waits"), 0);
        _exit(0);
    }
    CHECK(accept(server, NULL, NULL) >= 0);
    sleep_ms(50);
    CHECK(accept(server, NULL, NULL) >= 0);
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(fcntl(server, F_SETFL, O_NONBLOCK), 0);
    CHECK_ERROR(accept(server, NULL, NULL), EAGAIN);
    CHECK_ERROR(accept(socket(AF_UNIX, SOCK_STREAM, 0), NULL, NULL), EINVAL);
    CHECK_ERROR(accept(socket(AF_UNIX, SOCK_DGRAM, 0), NULL, NULL), EOPNOTSUPP);
    CHECK_ERROR(listen(socket(AF_UNIX, SOCK_STREAM, 0), 1), EINVAL);
}

TEST(datagrams_have_senders)
{
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un un;
    socklen_t len = sizeof(un);
    char bytes[16];

    CHECK_EQUAL(bind_to(a, "/tmp/t/a"), 0);
    CHECK_EQUAL(bind_to(b, "@b"), 0);
    CHECK_EQUAL(send_to(b, "hi", "/tmp/t/a"), 2);
    CHECK_EQUAL(send_to(c, "anonymous", "/tmp/t/a"), 9);
    CHECK_EQUAL(recvfrom(a, bytes, 16, 0, (struct sockaddr *)&un, &len), 2);
    CHECK_EQUAL(len, 4);
    CHECK(!memcmp(un.sun_path, "\0b", 2));
    len = sizeof(un);
    CHECK_EQUAL(recvfrom(a, bytes, 16, 0, (struct sockaddr *)&un, &len), 9);
    CHECK_EQUAL(len, 0);
    CHECK_ERROR(write(c, "x", 1), ENOTCONN);
    CHECK_ERROR(send_to(c, "x", "@nobody"), ECONNREFUSED);
    CHECK_EQUAL(connect_to(c, "@b"), 0);
    put(c, "connected");
    expect(b, "connected");
    /* Who is connected hears its peer alone. */
    CHECK_EQUAL(connect_to(b, "/tmp/t/a"), 0);
    CHECK_ERROR(write(c, "x", 1), EPERM);
    un.sun_family = AF_UNSPEC;
    CHECK_EQUAL(connect(b, (struct sockaddr *)&un, sizeof(un)), 0);
    put(c, "again");
    expect(b, "again");
}

TEST(datagrams_too_many_or_too_long)
{
    int fds[2], size = 0;
    socklen_t len = sizeof(size);
    static char bytes[300000];
    long n = 0;

    pair(SOCK_DGRAM | SOCK_NONBLOCK, fds);
    CHECK_EQUAL(getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, &len), 0);
    CHECK_EQUAL(size, 212992);
    CHECK_ERROR(write(fds[0], bytes, sizeof(bytes)), EMSGSIZE);
    CHECK_EQUAL(write(fds[0], bytes, 100000), 100000);
    CHECK_EQUAL(read(fds[1], bytes, sizeof(bytes)), 100000);
    while (write(fds[0], bytes, 100) == 100)
        n++;
    CHECK_EQUAL(errno, EAGAIN);
    CHECK(n > 5 && n < 1000);
    CHECK_EQUAL(events_of(fds[0]) & POLLOUT, 0);
    for (; n; n--)
        CHECK_EQUAL(read(fds[1], bytes, 200), 100);
    CHECK_EQUAL(events_of(fds[0]), POLLOUT);
}

TEST(what_sockets_refuse)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), value = 0;
    struct sockaddr_un un = { .sun_family = AF_INET };
    socklen_t len = sizeof(value);
    char c;

    CHECK_ERROR(socket(77, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_ERROR(socket(AF_UNIX, 9, 0), ESOCKTNOSUPPORT);
    CHECK_ERROR(socket(AF_UNIX, SOCK_STREAM, 99), EPROTONOSUPPORT);
    CHECK_ERROR(socket(AF_UNIX, SOCK_STREAM | 0x100, 0), EINVAL);
    CHECK_ERROR(bind(fd, (struct sockaddr *)&un, 1), EINVAL);
    CHECK_ERROR(bind(fd, (struct sockaddr *)&un, 111), EINVAL);
    CHECK_ERROR(bind(fd, (struct sockaddr *)&un, sizeof(un)), EINVAL);
    CHECK_ERROR(read(fd, &c, 1), EINVAL);
    CHECK_ERROR(write(fd, &c, 1), ENOTCONN);
    CHECK_ERROR(getpeername(fd, (struct sockaddr *)&un, &len), ENOTCONN);
    CHECK_ERROR(send(0, "x", 1, 0), ENOTSOCK);
    CHECK_ERROR(send(99, "x", 1, 0), EBADF);
    CHECK_ERROR(getsockopt(fd, SOL_SOCKET, 999, &value, &len), ENOPROTOOPT);
    CHECK_ERROR(setsockopt(fd, SOL_SOCKET, 999, &value, len), ENOPROTOOPT);
    CHECK_EQUAL(events_of(fd), POLLOUT | POLLHUP);
    len = sizeof(value);
    CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len), 0);
    CHECK_EQUAL(value, SOCK_STREAM);
    CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len), 0);
    CHECK_EQUAL(value, 0);
    value = 1;
    CHECK_EQUAL(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, len), 0);
    value = 0;
    CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, &len), 0);
    CHECK_EQUAL(value, 1);
}

/* ---- what travels with messages ---------------------------------------------------------------------------------- */

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(260 * sizeof(int))];
};

/* Sends text with these descriptors. */
static long send_fds(int fd, const char *text, const int *fds, unsigned count)
{
    struct iovec part = { (char *)text, strlen(text) };
    union control control = { .header = { CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                        .msg_controllen = CMSG_SPACE(count * sizeof(int)) };

    memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
    return sendmsg(fd, &m, 0);
}

/* Receives into bytes: how many descriptors came into fds, or -1. */
static int receive_fds(int fd, char *bytes, size_t size, int *fds, unsigned room, int flags, int *said)
{
    struct iovec part = { bytes, size };
    union control control;
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                        .msg_controllen = CMSG_LEN(room * sizeof(int)) };
    struct cmsghdr *c;
    int count = 0;

    CHECK(recvmsg(fd, &m, flags) >= 0);
    *said = m.msg_flags;
    for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        CHECK_EQUAL(c->cmsg_level, SOL_SOCKET);
        CHECK_EQUAL(c->cmsg_type, SCM_RIGHTS);
        count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(c), (size_t)count * sizeof(int));
    }
    return count;
}

TEST(descriptors_travel)
{
    int fds[2], ends[2], got[8], said;
    char bytes[16];
    struct stat a, b;

    pair(SOCK_STREAM, fds);
    CHECK_EQUAL(pipe(ends), 0);
    CHECK_EQUAL(send_fds(fds[0], "two", ends, 2), 3);
    fstat(ends[0], &a);
    close(ends[0]);
    close(ends[1]);
    CHECK_EQUAL(receive_fds(fds[1], bytes, 16, got, 8, MSG_CMSG_CLOEXEC, &said), 2);
    CHECK_EQUAL(said & MSG_CTRUNC, 0);
    CHECK_EQUAL(fcntl(got[0], F_GETFD), FD_CLOEXEC);
    fstat(got[0], &b);
    CHECK_EQUAL(a.st_ino, b.st_ino);
    put(got[1], "through");
    expect(got[0], "through");
}

TEST(descriptors_come_with_their_bytes)
{
    int fds[2], one = open("/dev/null", O_RDWR), got[8], said;
    char bytes[32];

    pair(SOCK_STREAM, fds);
    put(fds[0], "before ");
    CHECK_EQUAL(send_fds(fds[0], "with", &one, 1), 4);
    put(fds[0], " after");
    CHECK_EQUAL(receive_fds(fds[1], bytes, 3, got, 8, 0, &said), 0);
    memset(bytes, 0, sizeof(bytes));
    CHECK_EQUAL(receive_fds(fds[1], bytes, 32, got, 8, 0, &said), 1);
    CHECK(!strcmp(bytes, "ore with"));
    expect(fds[1], " after");
    /* Who does not ask for them loses them; who has room for one gets one. */
    CHECK_EQUAL(send_fds(fds[0], "lost", &one, 1), 4);
    expect(fds[1], "lost");
    int two[2] = { one, one };
    CHECK_EQUAL(send_fds(fds[0], "cut", two, 2), 3);
    CHECK_EQUAL(receive_fds(fds[1], bytes, 32, got, 1, 0, &said), 1);
    CHECK_EQUAL(said & MSG_CTRUNC, MSG_CTRUNC);
}

TEST(descriptors_refused)
{
    int fds[2], bad = 99, many[260];

    pair(SOCK_STREAM, fds);
    CHECK_ERROR(send_fds(fds[0], "x", &bad, 1), EBADF);
    for (int i = 0; i < 260; i++)
        many[i] = 0;
    CHECK_ERROR(send_fds(fds[0], "x", many, 254), EINVAL);
    CHECK_EQUAL(send_fds(fds[0], "x", many, 253), 1);
}

TEST(a_chain_of_sockets_in_flight)
{
    int fds[2], next[2];

    /* Each pair's end lies in the input of the next; the last close takes all. */
    pair(SOCK_STREAM, fds);
    for (int i = 0; i < 2000; i++) {
        pair(SOCK_STREAM, next);
        CHECK_EQUAL(send_fds(next[0], "x", &fds[1], 1), 1);
        close(fds[0]);
        close(fds[1]);
        fds[0] = next[0];
        fds[1] = next[1];
    }
    close(fds[0]);
    close(fds[1]);
}

/* Waits for the pipe to end. Any socket's end lets what cannot be reached be noticed, on Linux a little later. */
static void ends_soon(int fd)
{
    char c;

    CHECK_EQUAL(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    for (int i = 0; i < 500; i++) {
        close(socket(AF_UNIX, SOCK_STREAM, 0));
        if (read(fd, &c, 1) == 0)
            return;
        CHECK_EQUAL(errno, EAGAIN);
        sleep_ms(10);
    }
    CHECK(!"the pipe ends");
}

TEST(cycles_of_sockets_go)
{
    int ends[2], fds[2], both[3];
    char c;

    /* A pair that holds itself and the writing end of a pipe: once it is gone, the pipe ends. */
    CHECK_EQUAL(pipe(ends), 0);
    pair(SOCK_STREAM, fds);
    both[0] = fds[0];
    both[1] = fds[1];
    both[2] = ends[1];
    CHECK_EQUAL(send_fds(fds[0], "x", both, 3), 1);
    CHECK_EQUAL(send_fds(fds[1], "x", both, 3), 1);
    close(ends[1]);
    close(fds[0]);
    close(fds[1]);
    ends_soon(ends[0]);

    /* One that can still be reached stays. */
    CHECK_EQUAL(pipe(ends), 0);
    pair(SOCK_STREAM, fds);
    both[0] = fds[1];
    both[1] = ends[1];
    CHECK_EQUAL(send_fds(fds[0], "x", both, 2), 1);
    close(ends[1]);
    close(fds[0]);
    close(socket(AF_UNIX, SOCK_STREAM, 0));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    CHECK_ERROR(read(ends[0], &c, 1), EAGAIN);
    close(fds[1]);
    ends_soon(ends[0]);
}

TEST(credentials_travel)
{
    int fds[2], on = 1;
    char bytes[16];
    struct iovec part = { bytes, sizeof(bytes) };
    union control control;
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
    struct ucred cred;
    socklen_t len = sizeof(cred);
    pid_t child;

    pair(SOCK_STREAM, fds);
    CHECK_EQUAL(getsockopt(fds[0], SOL_SOCKET, SO_PEERCRED, &cred, &len), 0);
    CHECK_EQUAL(cred.pid, getpid());
    CHECK_EQUAL(cred.uid, getuid());
    CHECK_EQUAL(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    child = check_fork();
    if (!child) {
        CHECK_EQUAL(setgid(7), 0);
        CHECK_EQUAL(setuid(1234), 0);
        put(fds[0], "from a child");
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(recvmsg(fds[1], &m, 0), 12);
    CHECK_EQUAL(control.header.cmsg_type, SCM_CREDENTIALS);
    memcpy(&cred, CMSG_DATA(&control.header), sizeof(cred));
    CHECK_EQUAL(cred.pid, child);
    CHECK_EQUAL(cred.uid, 1234);
    CHECK_EQUAL(cred.gid, 7);
}

TEST(credentials_of_a_connection)
{
    int server = listener("@cred", 1), conn;
    struct ucred cred;
    socklen_t len = sizeof(cred);
    int gate[2];
    char c;
    pid_t child;

    CHECK_EQUAL(pipe(gate), 0);
    child = check_fork();
    if (!child) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        CHECK_EQUAL(setuid(55), 0);
        CHECK_EQUAL(connect_to(fd, "@cred"), 0);
        CHECK_EQUAL(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len), 0);
        CHECK_EQUAL(cred.pid, getppid());
        CHECK_EQUAL(cred.uid, 0);
        close(gate[1]);
        CHECK_EQUAL(read(gate[0], &c, 1), 0);
        _exit(0);
    }
    conn = accept(server, NULL, NULL);
    CHECK_EQUAL(getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &cred, &len), 0);
    CHECK_EQUAL(cred.pid, child);
    CHECK_EQUAL(cred.uid, 55);
    close(gate[1]);
    CHECK_EQUAL(status_of(child), 0);
}

/* ---- several messages, epoll ------------------------------------------------------------------------------------- */

TEST(several_messages_in_one_call)
{
    int fds[2];
    char bytes[3][8];
    struct iovec parts[3];
    struct mmsghdr m[3] = { 0 };

    pair(SOCK_DGRAM, fds);
    for (int i = 0; i < 3; i++) {
        parts[i] = (struct iovec){ bytes[i], (size_t)sprintf(bytes[i], "m%d", i) };
        m[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i], .msg_iovlen = 1 };
    }
    CHECK_EQUAL(sendmmsg(fds[0], m, 3, 0), 3);
    CHECK_EQUAL(m[2].msg_len, 2);
    for (int i = 0; i < 3; i++)
        parts[i].iov_len = 8;
    CHECK_EQUAL(recvmmsg(fds[1], m, 2, 0, NULL), 2);
    CHECK(!memcmp(bytes[1], "m1", 2));
    CHECK_EQUAL(recvmmsg(fds[1], m, 3, MSG_WAITFORONE, NULL), 1);
    CHECK(!memcmp(bytes[0], "m2", 2));
    CHECK_ERROR(recvmmsg(fds[1], m, 3, MSG_DONTWAIT, NULL), EAGAIN);

    /* Waits until all have come. */
    pid_t child = check_fork();
    if (!child) {
        put(fds[0], "a");
        sleep_ms(30);
        put(fds[0], "b");
        _exit(0);
    }
    CHECK_EQUAL(recvmmsg(fds[1], m, 2, 0, NULL), 2);
    CHECK_EQUAL(bytes[1][0], 'b');
    CHECK_EQUAL(status_of(child), 0);
}

TEST(sockets_in_an_epoll)
{
    int ep = epoll_create1(0), fds[2], server = listener("@epolled", 1), client = socket(AF_UNIX, SOCK_STREAM, 0);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };

    pair(SOCK_STREAM, fds);
    CHECK_EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &event), 0);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 1);
    CHECK_EQUAL(event.events, EPOLLOUT);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 0);
    put(fds[1], "x");
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 1);
    CHECK_EQUAL(event.events, EPOLLIN | EPOLLOUT);
    close(fds[1]);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 1);
    CHECK_EQUAL(event.events, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP);
    close(fds[0]);

    event.events = EPOLLIN;
    CHECK_EQUAL(epoll_ctl(ep, EPOLL_CTL_ADD, server, &event), 0);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 0);
    CHECK_EQUAL(connect_to(client, "@epolled"), 0);
    CHECK_EQUAL(epoll_wait(ep, &event, 1, 0), 1);
}
