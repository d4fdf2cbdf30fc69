/* Single system calls, signals and pipes. */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

GROUP(trivial)
{
    MEASURE("empty", "-", 100000, __asm__ volatile(""));
    MEASURE("getppid", "-", 20000, getppid());
    MEASURE("getpid", "-", 20000, getpid());
    MEASURE("getpgid_esrch", "-", 20000, getpgid(99999999));
}

GROUP(clock)
{
    struct timespec now;

    MEASURE("clock_gettime", "libc", 20000, clock_gettime(CLOCK_MONOTONIC, &now));
    MEASURE("clock_gettime", "syscall", 20000, syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now));
}

GROUP(files)
{
    char byte = 0;
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);

    bench_need(zero >= 0 && read(zero, &byte, 1) == 1, "read_zero", "1");
    MEASURE("read_zero", "1", 20000, if (read(zero, &byte, 1) != 1) exit(2));
    MEASURE("write_null", "1", 20000, if (write(null, &byte, 1) != 1) exit(2));
    MEASURE("open_close", "/dev/null", 2000, close(open("/dev/null", O_RDWR)));
}

/* Answers each byte until the pipe closes. */
static void echo(int from, int to)
{
    char byte;

    while (read(from, &byte, 1) == 1)
        if (write(to, &byte, 1) != 1)
            _exit(1);
    _exit(0);
}

GROUP(pipes)
{
    int there[2], back[2];
    char byte = 0;

    bench_need(pipe(there) == 0 && pipe(back) == 0, "pipe_roundtrip", "1");
    pid_t child = fork();
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        echo(there[0], back[1]);
    }
    MEASURE("pipe_roundtrip", "1", 5000, {
        if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
            exit(2);
    });
    close(there[1]);
    waitpid(child, NULL, 0);
}

static void on_signal(int sig)
{
    (void)sig;
}

GROUP(signals)
{
    pid_t self = getpid();

    signal(SIGUSR1, on_signal);
    MEASURE("signal_self", "-", 5000, kill(self, SIGUSR1));
    MEASURE("signal_raise", "-", 5000, raise(SIGUSR1));
}
