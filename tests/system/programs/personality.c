/* What else a process has: queued signals, masks of polls, job control, credentials, limits, attributes, timers. */
#include "check.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#define sched_param kernel_sched_param /* the C library has its own */
#include <linux/sched/types.h>
#undef sched_param
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, order[8];
static volatile siginfo_t told;

static void on_signal(int sig, siginfo_t *info, void *context)
{
    (void)context;
    if (count < 8)
        order[count] = info->si_value.sival_int;
    count++;
    (void)sig;
    memcpy((void *)&told, info, sizeof told);
}

static void handle(int sig)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };

    CHECK_EQUAL(sigaction(sig, &action, NULL), 0);
}

static sigset_t block(int sig)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, sig);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    return set;
}

TEST(queued_signals_come_in_order)
{
    int sig = SIGRTMIN + 3;
    sigset_t set = block(sig);

    handle(sig);
    for (int i = 1; i <= 3; i++)
        CHECK_EQUAL(sigqueue(getpid(), sig, (union sigval){ .sival_int = i }), 0);
    CHECK_EQUAL(count, 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    CHECK_EQUAL(count, 3);
    /* Handlers nest, each blocked while it runs: the first in the queue runs first. */
    CHECK(order[0] == 1 && order[1] == 2 && order[2] == 3);
    CHECK_EQUAL(told.si_code, SI_QUEUE);
    CHECK_EQUAL(told.si_pid, getpid());
}

TEST(queue_has_a_limit)
{
    int sig = SIGRTMIN + 3, sent = 0;

    block(sig);
    setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){ 10, 10 });
    while (sent < 100 && sigqueue(getpid(), sig, (union sigval){ 0 }) == 0)
        sent++;
    CHECK_EQUAL(errno, EAGAIN);
    CHECK(sent >= 1 && sent <= 10);
}

TEST(siginfo_cannot_be_forged)
{
    siginfo_t info = { .si_code = SI_USER };
    pid_t child = fork_sleeper();

    CHECK_ERROR(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &info), EPERM);
    info.si_code = SI_QUEUE;
    CHECK_EQUAL(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &info), 0);
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGUSR1);
}

TEST(sigtimedwait_takes_what_is_pending)
{
    sigset_t set = block(SIGUSR1);
    siginfo_t info;

    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }), SIGUSR1);
    CHECK_EQUAL(info.si_pid, getpid());
    CHECK_ERROR(sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }), EAGAIN);
    long start = now_ms();
    CHECK_ERROR(sigtimedwait(&set, NULL, &(struct timespec){ 0, 30000000 }), EAGAIN);
    CHECK(now_ms() - start >= 29);
}

/* A child that sends the signal to this process in a while. */
static pid_t send_soon(int sig)
{
    pid_t child = check_fork();

    if (child == 0) {
        sleep_ms(50);
        kill(getppid(), sig);
        _exit(0);
    }
    return child;
}

TEST(sigwait_sleeps_until_it_comes)
{
    sigset_t set = block(SIGUSR1);
    pid_t child = send_soon(SIGUSR1);
    int sig;

    CHECK_EQUAL(sigwait(&set, &sig), 0);
    CHECK_EQUAL(sig, SIGUSR1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(sigtimedwait_is_interrupted_by_another)
{
    sigset_t set = block(SIGUSR1);

    handle(SIGUSR2);
    pid_t child = send_soon(SIGUSR2);
    CHECK_ERROR(sigtimedwait(&set, NULL, &(struct timespec){ 5, 0 }), EINTR);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(status_of(child), 0);
}

static bool is_blocked(int sig)
{
    sigset_t set;

    sigprocmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, sig);
}

TEST(ppoll_lets_a_signal_in)
{
    sigset_t none;
    int ends[2];

    sigemptyset(&none);
    CHECK_EQUAL(pipe(ends), 0);
    struct pollfd wait = { .fd = ends[0], .events = POLLIN };
    handle(SIGUSR1);
    block(SIGUSR1);
    pid_t child = send_soon(SIGUSR1);
    CHECK_ERROR(ppoll(&wait, 1, &(struct timespec){ 5, 0 }, &none), EINTR);
    CHECK_EQUAL(count, 1);
    CHECK(is_blocked(SIGUSR1));
    CHECK_EQUAL(status_of(child), 0);
    CHECK_EQUAL(write(ends[1], "x", 1), 1);
    CHECK_EQUAL(ppoll(&wait, 1, NULL, &none), 1);
    CHECK(is_blocked(SIGUSR1));
}

TEST(pselect_lets_a_signal_in)
{
    sigset_t none;

    sigemptyset(&none);
    handle(SIGUSR1);
    block(SIGUSR1);
    kill(getpid(), SIGUSR1);
    CHECK_ERROR(pselect(0, NULL, NULL, NULL, &(struct timespec){ 5, 0 }, &none), EINTR);
    CHECK_EQUAL(count, 1);
    CHECK(is_blocked(SIGUSR1));
    CHECK_EQUAL(pselect(0, NULL, NULL, NULL, &(struct timespec){ 0, 10000000 }, &none), 0);
    CHECK(is_blocked(SIGUSR1));
}

TEST(poll_is_not_restarted)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };

    sigaction(SIGUSR1, &action, NULL);
    pid_t child = send_soon(SIGUSR1);
    CHECK_ERROR(poll(NULL, 0, 5000), EINTR);
    CHECK_EQUAL(status_of(child), 0);
}

/* A stop and a continuation in the middle of a sleep change nothing about it. */
TEST(sleep_goes_on_after_a_stop)
{
    pid_t child = check_fork();

    if (child == 0) {
        long start = now_ms();

        CHECK_EQUAL(nanosleep(&(struct timespec){ 0, 200000000 }, NULL), 0);
        long slept = now_ms() - start;
        CHECK(slept >= 199 && slept < 5000);
        _exit(0);
    }
    sleep_ms(50);
    kill(child, SIGSTOP);
    CHECK_EQUAL(waitpid(child, NULL, WUNTRACED), child);
    sleep_ms(20);
    kill(child, SIGCONT);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(read_goes_on_after_a_stop)
{
    int ends[2];
    char byte;

    CHECK_EQUAL(pipe(ends), 0);
    pid_t child = check_fork();
    if (child == 0)
        _exit(read(ends[0], &byte, 1) == 1 && byte == 'y' ? 0 : 1);
    sleep_ms(50);
    kill(child, SIGTSTP);
    CHECK_EQUAL(waitpid(child, NULL, WUNTRACED), child);
    CHECK_EQUAL(write(ends[1], "y", 1), 1);
    sleep_ms(20);
    CHECK_EQUAL(waitpid(child, NULL, WNOHANG), 0);
    kill(child, SIGCONT);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(continue_runs_its_handler)
{
    int ends[2];
    char byte;

    CHECK_EQUAL(pipe(ends), 0);
    pid_t child = check_fork();
    if (child == 0) {
        handle(SIGCONT);
        CHECK_EQUAL(write(ends[1], "r", 1), 1);
        while (!count)
            pause();
        _exit(5);
    }
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    kill(child, SIGSTOP);
    CHECK_EQUAL(waitpid(child, NULL, WUNTRACED), child);
    kill(child, SIGCONT);
    CHECK_EQUAL(status_of(child), 5 << 8);
}

/* A stopped member of a group that becomes orphaned is hung up: POSIX, exit(). */
TEST(orphaned_group_is_hung_up)
{
    int ends[2];
    pid_t job = 0;

    CHECK_EQUAL(pipe(ends), 0);
    IN_CHILD
    {
        setsid();
        pid_t shell = check_fork();

        if (shell == 0) {
            job = check_fork();
            if (job == 0) {
                setpgid(0, 0);
                CHECK_EQUAL(write(ends[1], "j", 1), 1);
                raise(SIGSTOP);
                pause();
            }
            CHECK_EQUAL(waitpid(job, NULL, WUNTRACED), job);
            CHECK_EQUAL(write(ends[1], &job, sizeof job), sizeof job);
            _exit(0);
        }
        status_of(shell);
    }
    char byte;
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(read(ends[0], &job, sizeof job), sizeof job);
    for (int i = 0; i < 100 && kill(job, 0) == 0; i++)
        sleep_ms(10);
    CHECK_ERROR(kill(job, 0), ESRCH);
}

TEST(default_stop_is_not_for_orphans)
{
    IN_CHILD
    {
        setsid();
        pid_t child = check_fork();

        if (child == 0) {
            setsid();
            raise(SIGTSTP);
            _exit(6);
        }
        CHECK_EQUAL(status_of(child), 6 << 8);
    }
}

/* ---- credentials and limits
 * --------------------------------------------------------------------------------------------- */

static bool ids_are(uid_t real, uid_t effective, uid_t saved)
{
    uid_t r, e, s;

    CHECK_EQUAL(getresuid(&r, &e, &s), 0);
    return r == real && e == effective && s == saved && getuid() == real && geteuid() == effective;
}

TEST(user_ids)
{
    IN_CHILD
    {
        CHECK_EQUAL(setresuid((uid_t)-1, 1000, (uid_t)-1), 0);
        CHECK(ids_are(0, 1000, 0));
        CHECK_EQUAL(seteuid(0), 0);
        CHECK_EQUAL(setreuid(1000, 2000), 0);
        CHECK(ids_are(1000, 2000, 2000));
        CHECK_ERROR(setuid(0), EPERM);
        CHECK_EQUAL(setuid(1000), 0);
        CHECK(ids_are(1000, 1000, 2000));
        CHECK_ERROR(setresuid(3000, (uid_t)-1, (uid_t)-1), EPERM);
        CHECK_EQUAL(setresuid(2000, 2000, 1000), 0);
        CHECK(ids_are(2000, 2000, 1000));
    }
}

TEST(group_ids)
{
    IN_CHILD
    {
        gid_t groups[3] = { 5, 6, 7 }, now[4];

        CHECK_EQUAL(setgroups(3, groups), 0);
        CHECK_EQUAL(getgroups(0, NULL), 3);
        CHECK_ERROR(getgroups(2, now), EINVAL);
        CHECK_EQUAL(getgroups(4, now), 3);
        CHECK(now[0] == 5 && now[2] == 7);
        CHECK_EQUAL(setgid(100), 0);
        CHECK(getgid() == 100 && getegid() == 100);
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_ERROR(setgroups(0, NULL), EPERM);
        CHECK_ERROR(setgid(0), EPERM);
    }
}

static uint64_t effective_capabilities(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];

    CHECK_EQUAL(syscall(SYS_capget, &header, data), 0);
    return data[0].effective | (uint64_t)data[1].effective << 32;
}

TEST(capabilities)
{
    struct __user_cap_header_struct header = { .version = 1 };

    CHECK_ERROR(syscall(SYS_capget, &header, &header), EINVAL);
    CHECK_EQUAL(header.version, _LINUX_CAPABILITY_VERSION_3);
    CHECK(effective_capabilities() >> CAP_SETUID & 1);
    IN_CHILD
    {
        struct __user_cap_data_struct data[2] = { { 1 << CAP_KILL, 1 << CAP_KILL, 0 } };

        header.version = _LINUX_CAPABILITY_VERSION_3;
        CHECK_EQUAL(syscall(SYS_capset, &header, data), 0);
        CHECK_EQUAL(effective_capabilities(), 1 << CAP_KILL);
        data[0].permitted |= 1 << CAP_CHOWN;
        CHECK_ERROR(syscall(SYS_capset, &header, data), EPERM);
    }
    IN_CHILD
    {
        CHECK_EQUAL(prctl(PR_SET_KEEPCAPS, 1), 0);
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_EQUAL(effective_capabilities(), 0);
    }
}

TEST(limits)
{
    struct rlimit now;

    CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 20, 30 }), 0);
    CHECK_EQUAL(getrlimit(RLIMIT_NOFILE, &now), 0);
    CHECK(now.rlim_cur == 20 && now.rlim_max == 30);
    CHECK_ERROR(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 31, 30 }), EINVAL);
    CHECK_ERROR(setrlimit((__rlimit_resource_t)99, &now), EINVAL);
    while (dup(0) >= 0)
        ;
    CHECK_EQUAL(errno, EMFILE);
    IN_CHILD
    {
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_ERROR(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 20, 40 }), EPERM);
        CHECK_ERROR(prlimit(1, RLIMIT_NOFILE, NULL, &now), EPERM);
    }
}

TEST(priorities)
{
    IN_CHILD
    {
        CHECK_EQUAL(setpriority(PRIO_PROCESS, 0, 7), 0);
        CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), 7);
        CHECK_EQUAL(setpriority(PRIO_PROCESS, 0, 99), 0);
        CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), 19);
        CHECK_ERROR(getpriority(77, 0), EINVAL);
        CHECK_ERROR(getpriority(PRIO_PROCESS, 9999999), ESRCH);
        CHECK_EQUAL(setuid(1000), 0);
        CHECK_ERROR(setpriority(PRIO_PROCESS, 0, 0), EACCES);
    }
}

TEST(scheduling)
{
    struct sched_param parameter = { 0 };
    cpu_set_t set;

    CHECK_EQUAL(sched_getscheduler(0), SCHED_OTHER);
    CHECK_EQUAL(sched_get_priority_max(SCHED_FIFO), 99);
    CHECK_EQUAL(sched_get_priority_min(SCHED_RR), 1);
    CHECK_ERROR(sched_setscheduler(0, SCHED_FIFO, &parameter), EINVAL);
    CHECK_EQUAL(sched_getaffinity(0, sizeof set, &set), 0);
    CHECK(CPU_ISSET(0, &set));
    CHECK_EQUAL(sched_setaffinity(0, sizeof set, &set), 0);
    CHECK_EQUAL(sched_yield(), 0);
}

static long set_attributes(struct sched_attr *attr)
{
    return syscall(SYS_sched_setattr, 0, attr, 0);
}

TEST(scheduling_attributes)
{
    struct sched_attr attr = { .size = sizeof attr, .sched_policy = SCHED_BATCH, .sched_nice = 3 }, got;

    IN_CHILD {
        CHECK_EQUAL(set_attributes(&attr), 0);
        CHECK_EQUAL(sched_getscheduler(0), SCHED_BATCH);
        CHECK_EQUAL(getpriority(PRIO_PROCESS, 0), 3);
        memset(&got, 0xff, sizeof got);
        CHECK_EQUAL(syscall(SYS_sched_getattr, 0, &got, sizeof got, 0), 0);
        CHECK_EQUAL(got.size, sizeof got);
        CHECK_EQUAL(got.sched_policy, SCHED_BATCH);
        CHECK_EQUAL(got.sched_nice, 3);
        CHECK_EQUAL(got.sched_priority, 0);
        attr = (struct sched_attr){ .size = SCHED_ATTR_SIZE_VER0, .sched_policy = SCHED_RR, .sched_priority = 7 };
        CHECK_EQUAL(set_attributes(&attr), 0);
        attr = (struct sched_attr){ .size = 0, .sched_flags = SCHED_FLAG_KEEP_ALL };
        CHECK_EQUAL(set_attributes(&attr), 0);
        memset(&got, 0xff, sizeof got);
        CHECK_EQUAL(syscall(SYS_sched_getattr, 0, &got, SCHED_ATTR_SIZE_VER0, 0), 0);
        CHECK_EQUAL(got.size, SCHED_ATTR_SIZE_VER0);
        CHECK_EQUAL(got.sched_policy, SCHED_RR);
        CHECK_EQUAL(got.sched_priority, 7);
        CHECK_EQUAL(got.sched_util_max, 0xffffffff); /* beyond what was asked for */
    }
}

TEST(scheduling_attributes_refused)
{
    struct {
        struct sched_attr attr;
        char more[16];
    } longer = { .attr = { .size = sizeof longer, .sched_nice = 1 } };
    struct sched_attr attr = { .size = sizeof attr, .sched_policy = SCHED_FIFO };

    IN_CHILD {
        CHECK_ERROR(set_attributes(&attr), EINVAL); /* no priority */
        attr.sched_priority = 100;
        CHECK_ERROR(set_attributes(&attr), EINVAL);
        attr = (struct sched_attr){ .size = sizeof attr, .sched_policy = 77 };
        CHECK_ERROR(set_attributes(&attr), EINVAL);
        attr = (struct sched_attr){ .size = sizeof attr, .sched_flags = 1UL << 40 };
        CHECK_ERROR(set_attributes(&attr), EINVAL);
        CHECK_ERROR(syscall(SYS_sched_setattr, 0, &attr, 1), EINVAL);
        CHECK_ERROR(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
        CHECK_ERROR(syscall(SYS_sched_setattr, 0, 4096, 0), EFAULT);
        CHECK_ERROR(syscall(SYS_sched_setattr, -1, &attr, 0), EINVAL);
        attr = (struct sched_attr){ .size = sizeof attr };
        CHECK_ERROR(syscall(SYS_sched_setattr, 3999999, &attr, 0), ESRCH);
        CHECK_ERROR(syscall(SYS_sched_getattr, 3999999, &attr, sizeof attr, 0), ESRCH);
        CHECK_ERROR(syscall(SYS_sched_getattr, 0, &attr, 47, 0), EINVAL);
        CHECK_ERROR(syscall(SYS_sched_getattr, 0, &attr, 4097, 0), EINVAL);
        CHECK_ERROR(syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 1), EINVAL);

        CHECK_EQUAL(set_attributes(&longer.attr), 0);
        longer.more[3] = 1;
        CHECK_ERROR(set_attributes(&longer.attr), E2BIG);
        CHECK_EQUAL(longer.attr.size, sizeof attr);
        attr.size = 40;
        CHECK_ERROR(set_attributes(&attr), E2BIG);
        CHECK_EQUAL(attr.size, sizeof attr);

        CHECK_EQUAL(setuid(1000), 0);
        attr = (struct sched_attr){ .size = sizeof attr, .sched_nice = -5 };
        CHECK_ERROR(set_attributes(&attr), EPERM);
        attr = (struct sched_attr){ .size = sizeof attr, .sched_policy = SCHED_FIFO, .sched_priority = 1 };
        CHECK_ERROR(set_attributes(&attr), EPERM);
    }
}

TEST(attributes)
{
    char name[16] = "";
    int sig = -1;

    CHECK_EQUAL(prctl(PR_SET_NAME, "a name that is too long"), 0);
    CHECK_EQUAL(prctl(PR_GET_NAME, name), 0);
    CHECK(!strcmp(name, "a name that is "));
    CHECK_EQUAL(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
    CHECK_EQUAL(prctl(PR_GET_PDEATHSIG, &sig), 0);
    CHECK_EQUAL(sig, SIGUSR1);
    CHECK_EQUAL(prctl(PR_GET_DUMPABLE), 1);
    CHECK_EQUAL(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    CHECK_EQUAL(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    CHECK_ERROR(prctl(98765), EINVAL);
    CHECK_EQUAL(personality(0xffffffff), 0);
}

TEST(parent_death_signal)
{
    int ends[2];
    char byte;

    CHECK_EQUAL(pipe(ends), 0);
    IN_CHILD
    {
        pid_t child = check_fork();

        if (child == 0) {
            handle(SIGUSR1);
            block(SIGUSR1);
            CHECK_EQUAL(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
            CHECK_EQUAL(write(ends[1], "r", 1), 1);
            sigset_t set;
            int sig;
            sigemptyset(&set);
            sigaddset(&set, SIGUSR1);
            sigwait(&set, &sig);
            CHECK_EQUAL(write(ends[1], "d", 1), 1);
            _exit(0);
        }
        CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    }
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(byte, 'd');
}

TEST(subreaper_takes_orphans)
{
    int status;

    CHECK_EQUAL(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid_t child = check_fork();
    if (child == 0) {
        if (check_fork() == 0) {
            sleep_ms(30);
            _exit(getppid() == 1 ? 1 : 8);
        }
        _exit(0);
    }
    CHECK_EQUAL(status_of(child), 0);
    CHECK(wait(&status) > 0);
    CHECK_EQUAL(status, 8 << 8);
}

TEST(timer_of_processor_time)
{
    handle(SIGPROF);
    CHECK_EQUAL(setitimer(ITIMER_PROF, &(struct itimerval){ .it_value = { 0, 50000 } }, NULL), 0);
    sleep_ms(120);
    CHECK_EQUAL(count, 0);
    long start = now_ms();
    while (!count && now_ms() - start < 10000)
        ;
    CHECK_EQUAL(count, 1);
}

TEST(alarm_survives_exec)
{
    pid_t child = check_fork();

    if (child == 0) {
        setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 100000 } }, NULL);
        execl("/bin/sleep", "sleep", "100", NULL);
        _exit(1);
    }
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGALRM);
}

/* A call changes a0 and nothing else, whoever answers it: at the trap, by a server at once, or for want of a server. */
static unsigned long registers_changed(long number)
{
    register unsigned long changed __asm__("a1");
    register long nr __asm__("a7") = number;

    __asm__ volatile("addi sp, sp, -128\n sd s0, (sp)\n sd s1, 8(sp)\n"
                     "li s0, 1\n li s1, 2\n li s2, 3\n li s3, 4\n li s4, 5\n li s5, 6\n li s6, 7\n li s7, 8\n"
                     "li s8, 9\n li s9, 10\n li s10, 11\n li s11, 12\n li t0, 13\n li t1, 14\n li t2, 15\n"
                     "li t3, 16\n li t4, 17\n li t5, 18\n li t6, 19\n li a0, -1\n li a1, 21\n li a2, 22\n"
                     "li a3, 23\n li a4, 24\n li a5, 25\n li a6, 26\n mv ra, a7\n ecall\n"
                     "xor a7, a7, ra\n xori s0, s0, 1\n xori s1, s1, 2\n xori s2, s2, 3\n xori s3, s3, 4\n"
                     "xori s4, s4, 5\n xori s5, s5, 6\n xori s6, s6, 7\n xori s7, s7, 8\n xori s8, s8, 9\n"
                     "xori s9, s9, 10\n xori s10, s10, 11\n xori s11, s11, 12\n xori t0, t0, 13\n xori t1, t1, 14\n"
                     "xori t2, t2, 15\n xori t3, t3, 16\n xori t4, t4, 17\n xori t5, t5, 18\n xori t6, t6, 19\n"
                     "xori a1, a1, 21\n xori a2, a2, 22\n xori a3, a3, 23\n xori a4, a4, 24\n xori a5, a5, 25\n"
                     "xori a6, a6, 26\n"
                     "or a1, a1, a2\n or a1, a1, a3\n or a1, a1, a4\n or a1, a1, a5\n or a1, a1, a6\n or a1, a1, a7\n"
                     "or a1, a1, s0\n or a1, a1, s1\n or a1, a1, s2\n or a1, a1, s3\n or a1, a1, s4\n or a1, a1, s5\n"
                     "or a1, a1, s6\n or a1, a1, s7\n or a1, a1, s8\n or a1, a1, s9\n or a1, a1, s10\n"
                     "or a1, a1, s11\n or a1, a1, t0\n or a1, a1, t1\n or a1, a1, t2\n or a1, a1, t3\n"
                     "or a1, a1, t4\n or a1, a1, t5\n or a1, a1, t6\n"
                     "ld s0, (sp)\n ld s1, 8(sp)\n addi sp, sp, 128"
                     : "=r"(changed), "+r"(nr)
                     :
                     : "ra", "a0", "a2", "a3", "a4", "a5", "a6", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
                       "s11", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "memory");
    return changed;
}

TEST(calls_preserve_registers)
{
    static const long numbers[] = { SYS_getpid, SYS_getpgid, SYS_write, SYS_sched_yield, 500, 5000, -1, -3, -4, -500 };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (int again = 0; again < 3; again++)
            CHECK_EQUAL(registers_changed(numbers[i]), 0);
}

TEST(a_value_to_one_thread)
{
    siginfo_t info = { .si_code = SI_QUEUE, .si_value.sival_int = 9 }, got;
    sigset_t wanted;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGRTMIN);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &wanted, NULL), 0);
    CHECK_EQUAL(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGRTMIN, &info), 0);
    CHECK_EQUAL(sigwaitinfo(&wanted, &got), SIGRTMIN);
    CHECK_EQUAL(got.si_value.sival_int, 9);
    CHECK_ERROR(syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, SIGRTMIN, &info), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), 65, &info), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_tgsigqueueinfo, getppid(), gettid(), SIGRTMIN, &info), ESRCH);
    info.si_code = SI_USER;
    CHECK_ERROR(syscall(SYS_rt_tgsigqueueinfo, getppid(), getppid(), SIGRTMIN, &info), EPERM);
}

TEST(time_slices)
{
    struct timespec slice = { -1, -1 };

    CHECK_EQUAL(sched_rr_get_interval(0, &slice), 0);
    CHECK(slice.tv_sec == 0 && slice.tv_nsec >= 0);
    CHECK_ERROR(sched_rr_get_interval(-1, &slice), EINVAL);
    CHECK_ERROR(sched_rr_get_interval(3999999, &slice), ESRCH);
}
