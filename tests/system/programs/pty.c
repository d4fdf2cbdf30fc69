/* Pseudo-terminals: master and slave, names, sessions on them, how they end. */
#include "check.h"

#include <asm/termbits.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* A master whose slave can be opened; the slave's path. */
static int master_new(char path[32])
{
    int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlock = 0;
    unsigned number;

    CHECK(master >= 0);
    CHECK_EQUAL(ioctl(master, TIOCGPTN, &number), 0);
    CHECK_EQUAL(ioctl(master, TIOCSPTLCK, &unlock), 0);
    sprintf(path, "/dev/pts/%u", number);
    return master;
}

static void pair(int fds[2])
{
    char path[32];

    fds[0] = master_new(path);
    fds[1] = open(path, O_RDWR | O_NOCTTY);
    CHECK(fds[1] >= 0);
}

static void change(int fd, unsigned off, unsigned on)
{
    struct termios t;

    CHECK_EQUAL(ioctl(fd, TCGETS, &t), 0);
    t.c_lflag = (t.c_lflag & ~off) | on;
    CHECK_EQUAL(ioctl(fd, TCSETS, &t), 0);
}

static void put(int fd, const char *text)
{
    CHECK_EQUAL(write(fd, text, strlen(text)), (long)strlen(text));
}

/* Reads until the text has come, whole. */
static void expect(int fd, const char *text)
{
    size_t len = strlen(text), have = 0;
    char bytes[256];

    while (have < len) {
        long n = read(fd, bytes + have, len - have);

        CHECK(n > 0);
        have += (size_t)n;
    }
    CHECK(!memcmp(bytes, text, len));
}

static short events_of(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN | POLLOUT };

    CHECK(poll(&one, 1, 0) >= 0);
    return one.revents;
}

TEST(a_name_for_each_pair)
{
    char path[32], other[32];
    int master = master_new(path), second = master_new(other);
    struct stat st;
    DIR *dir;
    bool found = false;

    CHECK(strcmp(path, other));
    CHECK_EQUAL(stat(path, &st), 0);
    CHECK(S_ISCHR(st.st_mode));
    CHECK_EQUAL(major(st.st_rdev), 136);
    CHECK_EQUAL(minor(st.st_rdev), atoi(path + 9));
    CHECK_EQUAL(chmod(path, 0620), 0);
    CHECK_EQUAL(chown(path, 0, 5), 0);
    CHECK_EQUAL(stat(path, &st), 0);
    CHECK_EQUAL(st.st_mode & 0777, 0620);
    CHECK_EQUAL(st.st_gid, 5);
    dir = opendir("/dev/pts");
    CHECK(dir);
    for (struct dirent *d; (d = readdir(dir));)
        found = found || !strcmp(d->d_name, path + 9);
    CHECK(found);
    closedir(dir);
    close(master);
    CHECK_ERROR(stat(path, &st), ENOENT);
    CHECK_EQUAL(stat(other, &st), 0);
    close(second);
    CHECK_ERROR(mkdir("/dev/pts/dir", 0777), EPERM);
}

TEST(a_locked_slave_stays_closed)
{
    char path[32];
    int master = master_new(path), lock = 1, is = 0;

    CHECK_EQUAL(ioctl(master, TIOCSPTLCK, &lock), 0);
    CHECK_EQUAL(ioctl(master, TIOCGPTLCK, &is), 0);
    CHECK_EQUAL(is, 1);
    CHECK_ERROR(open(path, O_RDWR | O_NOCTTY), EIO);
}

TEST(libc_opens_one)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
    char *name;

    CHECK_EQUAL(grantpt(master), 0);
    CHECK_EQUAL(unlockpt(master), 0);
    name = ptsname(master);
    CHECK(name);
    slave = open(name, O_RDWR | O_NOCTTY);
    CHECK(isatty(slave));
    CHECK(isatty(master));
    CHECK(!strcmp(ttyname(slave), name));
}

TEST(lines_are_edited_on_the_way_in)
{
    int fds[2], n;
    char bytes[64];

    pair(fds);
    put(fds[0], "abx\177c\n");
    CHECK_EQUAL(ioctl(fds[1], FIONREAD, &n), 0);
    CHECK_EQUAL(n, 4);
    CHECK_EQUAL(read(fds[1], bytes, sizeof(bytes)), 4);
    CHECK(!memcmp(bytes, "abc\n", 4));
    expect(fds[0], "abx\b \bc\r\n");
    put(fds[0], "half");
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    CHECK_ERROR(read(fds[1], bytes, sizeof(bytes)), EAGAIN);
    put(fds[0], "\4");
    expect(fds[1], "half");
    put(fds[0], "\4");
    CHECK_EQUAL(read(fds[1], bytes, sizeof(bytes)), 0);
}

TEST(output_is_processed_on_the_way_out)
{
    int fds[2];

    pair(fds);
    put(fds[1], "one\ntwo\n");
    CHECK_EQUAL(events_of(fds[0]), POLLIN | POLLOUT);
    expect(fds[0], "one\r\ntwo\r\n");
    CHECK_EQUAL(events_of(fds[0]), POLLOUT);
}

TEST(raw_bytes_pass_as_they_are)
{
    int fds[2];
    char all[256], back[256];

    pair(fds);
    struct termios t;
    ioctl(fds[1], TCGETS, &t);
    t.c_iflag = t.c_oflag = t.c_lflag = 0;
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    CHECK_EQUAL(ioctl(fds[0], TCSETS, &t), 0); /* by the master as well */
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    CHECK_EQUAL(write(fds[0], all, 256), 256);
    CHECK_EQUAL(read(fds[1], back, 256), 256);
    CHECK(!memcmp(all, back, 256));
    CHECK_EQUAL(write(fds[1], all, 256), 256);
    CHECK_EQUAL(read(fds[0], back, 256), 256);
    CHECK(!memcmp(all, back, 256));
}

TEST(much_output_waits_for_the_master)
{
    enum { SIZE = 200000 };
    int fds[2];
    pid_t child;
    static char bytes[4096];
    long sum = 0;

    pair(fds);
    child = check_fork();
    if (!child) {
        char *much = malloc(SIZE);

        close(fds[0]);
        for (long i = 0; i < SIZE; i++)
            much[i] = (char)('a' + i % 23);
        CHECK_EQUAL(write(fds[1], much, SIZE), SIZE);
        _exit(0);
    }
    close(fds[1]);
    for (;;) {
        long n = read(fds[0], bytes, sizeof(bytes));

        if (n < 0)
            break;
        for (long i = 0; i < n; i++)
            CHECK_EQUAL(bytes[i], 'a' + (sum + i) % 23);
        sum += n;
    }
    CHECK_EQUAL(errno, EIO);
    CHECK_EQUAL(sum, SIZE);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(much_input_waits_for_the_slave)
{
    int fds[2];
    pid_t child;
    static char bytes[20000];
    long sum = 0;

    pair(fds);
    change(fds[1], ICANON | ECHO | ISIG, 0);
    child = check_fork();
    if (!child) {
        memset(bytes, 'x', sizeof(bytes));
        CHECK_EQUAL(write(fds[0], bytes, sizeof(bytes)), sizeof(bytes));
        _exit(0);
    }
    while (sum < (long)sizeof(bytes)) {
        long n = read(fds[1], bytes, 1000);

        CHECK(n > 0);
        sum += n;
    }
    CHECK_EQUAL(status_of(child), 0);
}

TEST(the_master_hears_the_slave_close)
{
    int fds[2];
    char path[32], c;

    pair(fds);
    put(fds[1], "bye");
    close(fds[1]);
    CHECK_EQUAL(events_of(fds[0]) & POLLHUP, POLLHUP);
    expect(fds[0], "bye");
    CHECK_ERROR(read(fds[0], &c, 1), EIO);
    unsigned number;
    ioctl(fds[0], TIOCGPTN, &number);
    sprintf(path, "/dev/pts/%u", number);
    fds[1] = open(path, O_RDWR | O_NOCTTY);
    put(fds[1], "again");
    expect(fds[0], "again");
}

TEST(the_slave_hears_the_master_close)
{
    int fds[2];
    char c;
    struct winsize size;

    pair(fds);
    close(fds[0]);
    CHECK_EQUAL(read(fds[1], &c, 1), 0);
    CHECK_ERROR(write(fds[1], "x", 1), EIO);
    CHECK_ERROR(ioctl(fds[1], TIOCGWINSZ, &size), EIO);
    CHECK_EQUAL(events_of(fds[1]) & POLLHUP, POLLHUP);
}

static volatile int caught;

static void handle(int sig)
{
    caught = sig;
}

/* A child that leads a session with the slave as its terminal. */
static pid_t session_on(int fds[2], void (*body)(void))
{
    pid_t child;

    pair(fds);
    child = check_fork();
    if (child)
        return child;
    close(fds[0]);
    CHECK(setsid() > 0);
    CHECK_EQUAL(ioctl(fds[1], TIOCSCTTY, 0), 0);
    for (int i = 0; i < 3; i++)
        dup2(fds[1], i);
    close(fds[1]);
    body();
    _exit(0);
}

static void wait_for_signal(void)
{
    signal(SIGINT, handle);
    signal(SIGWINCH, handle);
    signal(SIGHUP, handle);
    put(1, "ready\n");
    while (!caught)
        sleep_ms(10);
    _exit(caught);
}

TEST(ctrl_c_reaches_the_session)
{
    int fds[2], status;
    pid_t child = session_on(fds, wait_for_signal), group = 0, sid = 0;

    expect(fds[0], "ready\r\n");
    CHECK_EQUAL(ioctl(fds[0], TIOCGPGRP, &group), 0);
    CHECK_EQUAL(group, child);
    CHECK_EQUAL(ioctl(fds[0], TIOCGSID, &sid), 0);
    CHECK_EQUAL(sid, child);
    CHECK_ERROR(ioctl(fds[1], TIOCGPGRP, &group), ENOTTY);
    put(fds[0], "\3");
    status = status_of(child);
    CHECK_EQUAL(WEXITSTATUS(status), SIGINT);
}

TEST(window_size_is_told)
{
    int fds[2], status;
    pid_t child = session_on(fds, wait_for_signal);
    struct winsize size = { 24, 80, 0, 0 }, got;

    expect(fds[0], "ready\r\n");
    CHECK_EQUAL(ioctl(fds[0], TIOCSWINSZ, &size), 0);
    CHECK_EQUAL(ioctl(fds[1], TIOCGWINSZ, &got), 0);
    CHECK_EQUAL(got.ws_col, 80);
    status = status_of(child);
    CHECK_EQUAL(WEXITSTATUS(status), SIGWINCH);
}

TEST(hang_up_is_a_signal)
{
    int fds[2], status;
    pid_t child = session_on(fds, wait_for_signal);

    expect(fds[0], "ready\r\n");
    close(fds[1]);
    close(fds[0]);
    status = status_of(child);
    CHECK_EQUAL(WEXITSTATUS(status), SIGHUP);
}

static void use_dev_tty(void)
{
    int fd = open("/dev/tty", O_RDWR);

    CHECK(fd >= 0);
    put(fd, "by name\n");
}

TEST(dev_tty_is_the_slave)
{
    int fds[2];
    pid_t child = session_on(fds, use_dev_tty);

    expect(fds[0], "by name\r\n");
    CHECK_EQUAL(status_of(child), 0);
}

static void leave_someone(void)
{
    if (!check_fork()) {
        signal(SIGHUP, handle);
        put(1, "left\n");
        while (!caught)
            sleep_ms(10);
        CHECK_ERROR(open("/dev/tty", O_RDWR), ENXIO);
        put(1, "going on\n");
        _exit(0);
    }
    sleep_ms(100);
}

TEST(whom_the_leader_leaves)
{
    int fds[2];
    pid_t child = session_on(fds, leave_someone);
    char c;

    close(fds[1]);
    expect(fds[0], "left\r\n");
    CHECK_EQUAL(status_of(child), 0);
    expect(fds[0], "going on\r\n");
    CHECK_ERROR(read(fds[0], &c, 1), EIO);
}

TEST(opening_a_slave_acquires_it)
{
    char path[32];
    int master = master_new(path);

    IN_CHILD
    {
        int slave, sid = 0;

        CHECK(setsid() > 0);
        CHECK_ERROR(open("/dev/tty", O_RDWR), ENXIO);
        slave = open(path, O_RDWR);
        CHECK(slave >= 0);
        CHECK_EQUAL(ioctl(slave, TIOCGSID, &sid), 0);
        CHECK_EQUAL(sid, getpid());
        CHECK(open("/dev/tty", O_RDWR) >= 0);
    }
    close(master);
}

TEST(packet_mode_marks_data)
{
    int fds[2], on = 1;
    char bytes[16];

    pair(fds);
    CHECK_EQUAL(ioctl(fds[0], TIOCPKT, &on), 0);
    put(fds[1], "data");
    CHECK_EQUAL(read(fds[0], bytes, sizeof(bytes)), 5);
    CHECK(!memcmp(bytes, "\0data", 5));
    CHECK_EQUAL(ioctl(fds[1], TCFLSH, TCIFLUSH), 0);
    CHECK_EQUAL(read(fds[0], bytes, sizeof(bytes)), 1);
    CHECK_EQUAL(bytes[0] & TIOCPKT_FLUSHREAD, TIOCPKT_FLUSHREAD);
}

TEST(a_peer_without_a_path)
{
    char path[32];
    int master = master_new(path), slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

    CHECK(slave >= 0);
    put(slave, "hello");
    expect(master, "hello");
}
