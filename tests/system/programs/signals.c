/* Signals: delivery, masks, restart, alternate stacks, what the handler is told, stops and the default actions. */
#include "check.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count, seen[65], order[16];
static volatile siginfo_t told;

static void on_signal(int sig)
{
    if (count < 16)
        order[count] = sig;
    count++;
    seen[sig]++;
}

static void on_signal_info(int sig, siginfo_t *info, void *context)
{
    (void)context;
    on_signal(sig);
    memcpy((void *)&told, info, sizeof told);
}

static void handle(int sig, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

    CHECK_EQUAL(sigaction(sig, &action, NULL), 0);
}

static void handle_info(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

    CHECK_EQUAL(sigaction(sig, &action, NULL), 0);
}

static sigset_t set_of(int sig)
{
    sigset_t set;

    sigemptyset(&set);
    if (sig)
        sigaddset(&set, sig);
    return set;
}

static void block(int sig)
{
    sigset_t set = set_of(sig);

    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static void unblock(int sig)
{
    sigset_t set = set_of(sig);

    CHECK_EQUAL(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

static bool is_blocked(int sig)
{
    sigset_t set;

    sigprocmask(SIG_BLOCK, NULL, &set);
    return sigismember(&set, sig);
}

static bool is_pending(int sig)
{
    sigset_t set;

    sigpending(&set);
    return sigismember(&set, sig);
}

TEST(handler_runs)
{
    handle(SIGUSR1, on_signal, 0);
    CHECK_EQUAL(kill(getpid(), SIGUSR1), 0);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(seen[SIGUSR1], 1);
}

TEST(handler_runs_a_thousand_times)
{
    handle(SIGUSR1, on_signal, 0);
    for (int i = 0; i < 1000; i++)
        kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 1000);
}

TEST(siginfo_of_kill)
{
    handle_info(SIGUSR1, on_signal_info, 0);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(told.si_signo, SIGUSR1);
    CHECK_EQUAL(told.si_code, SI_USER);
    CHECK_EQUAL(told.si_pid, getpid());
    CHECK_EQUAL(told.si_uid, getuid());
}

TEST(siginfo_of_raise)
{
    handle_info(SIGUSR2, on_signal_info, 0);
    raise(SIGUSR2);
    CHECK_EQUAL(told.si_code, SI_TKILL);
    CHECK_EQUAL(told.si_pid, getpid());
}

TEST(blocked_signal_is_pending_then_delivered)
{
    handle(SIGUSR1, on_signal, 0);
    block(SIGUSR1);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 0);
    CHECK(is_pending(SIGUSR1));
    unblock(SIGUSR1);
    CHECK_EQUAL(count, 1);
    CHECK(!is_pending(SIGUSR1));
}

TEST(all_unblocked_at_once_are_all_delivered)
{
    sigset_t set = set_of(SIGUSR1);

    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGHUP);
    handle(SIGUSR1, on_signal, 0);
    handle(SIGUSR2, on_signal, 0);
    handle(SIGHUP, on_signal, 0);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGHUP);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    CHECK_EQUAL(count, 3);
    CHECK(seen[SIGUSR1] == 1 && seen[SIGUSR2] == 1 && seen[SIGHUP] == 1);
}

TEST(mask_operations)
{
    sigset_t set = set_of(SIGUSR1), old;

    CHECK_EQUAL(sigprocmask(SIG_SETMASK, &set, NULL), 0);
    CHECK(is_blocked(SIGUSR1));
    set = set_of(SIGUSR2);
    CHECK_EQUAL(sigprocmask(SIG_BLOCK, &set, &old), 0);
    CHECK(sigismember(&old, SIGUSR1) && !sigismember(&old, SIGUSR2));
    CHECK(is_blocked(SIGUSR1) && is_blocked(SIGUSR2));
    set = set_of(SIGUSR1);
    CHECK_EQUAL(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
    CHECK(!is_blocked(SIGUSR1) && is_blocked(SIGUSR2));
    CHECK_ERROR(sigprocmask(99, &set, NULL), EINVAL);
}

/* The mask may be anywhere in memory: how proc gets it depends on that. */
TEST(mask_wherever_it_lies)
{
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t wanted = 1UL << (SIGUSR1 - 1), got;

    CHECK(pages != MAP_FAILED);
    CHECK_EQUAL(mprotect(pages + 8192, 4096, PROT_NONE), 0);
    for (size_t at = 0; at < 8192; at += at % 4096 == 16 ? 4064 : 1) {
        wanted ^= 1UL << (SIGUSR2 - 1);
        if (at > 8184) {
            CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_SETMASK, pages + at, NULL, 8), EFAULT);
            continue;
        }
        memcpy(pages + at, &wanted, 8);
        CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_SETMASK, pages + at, NULL, 8), 0);
        CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &got, 8), 0);
        CHECK_EQUAL(got, wanted);
        CHECK_EQUAL(memcmp(pages + at, &wanted, 8), 0);
    }
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_SETMASK, pages + 8192, NULL, 8), EFAULT);
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_SETMASK, -8L, NULL, 8), EFAULT);
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_SETMASK, pages, NULL, 4), EINVAL);
    /* A page that nobody has touched, and one that is copy on write. */
    CHECK_EQUAL(madvise(pages, 4096, MADV_DONTNEED), 0);
    CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_SETMASK, pages, NULL, 8), 0);
    memcpy(pages, &wanted, 8);
    IN_CHILD {
        CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_SETMASK, pages, &got, 8), 0);
        CHECK_EQUAL(got, 0);
        CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &got, 8), 0);
        CHECK_EQUAL(got, wanted);
    }
}

TEST(kill_and_stop_cannot_be_blocked)
{
    sigset_t set;

    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    CHECK(!is_blocked(SIGKILL));
    CHECK(!is_blocked(SIGSTOP));
    CHECK(is_blocked(SIGTERM));
}

TEST(kill_and_stop_cannot_be_caught)
{
    struct sigaction action = { .sa_handler = on_signal };

    CHECK_ERROR(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK_ERROR(sigaction(SIGSTOP, &action, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, 0, &action, NULL, 8), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, 65, &action, NULL, 8), EINVAL);
    CHECK_ERROR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL);
}

TEST(sigaction_returns_the_old_one)
{
    struct sigaction old;

    handle(SIGUSR1, on_signal, SA_RESTART);
    CHECK_EQUAL(sigaction(SIGUSR1, NULL, &old), 0);
    CHECK(old.sa_handler == on_signal);
    CHECK(old.sa_flags & SA_RESTART);
    CHECK_EQUAL(sigaction(SIGUSR2, NULL, &old), 0);
    CHECK(old.sa_handler == SIG_DFL);
}

static void check_masked_in_handler(int sig)
{
    count++;
    CHECK(is_blocked(sig));
    CHECK(is_blocked(SIGUSR2));
    kill(getpid(), SIGUSR2);
    CHECK_EQUAL(seen[SIGUSR2], 0);
}

TEST(sa_mask_holds_during_the_handler)
{
    struct sigaction action = { .sa_handler = check_masked_in_handler };

    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    handle(SIGUSR2, on_signal, 0);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(seen[SIGUSR2], 1);
    CHECK(!is_blocked(SIGUSR1) && !is_blocked(SIGUSR2));
}

static void recurse_once(int sig)
{
    int depth = ++count;

    if (depth == 1)
        kill(getpid(), sig);
    order[depth] = count;
}

TEST(same_signal_waits_for_its_handler)
{
    handle(SIGUSR1, recurse_once, 0);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 2);
    CHECK_EQUAL(order[1], 1);
}

TEST(nodefer_lets_it_in)
{
    handle(SIGUSR1, recurse_once, SA_NODEFER);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 2);
    CHECK_EQUAL(order[1], 2);
}

TEST(resethand_is_for_once)
{
    struct sigaction now;

    handle(SIGUSR1, on_signal, SA_RESETHAND);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 1);
    sigaction(SIGUSR1, NULL, &now);
    CHECK(now.sa_handler == SIG_DFL);
}

TEST(ignored_signal_is_gone)
{
    handle(SIGUSR1, SIG_IGN, 0);
    kill(getpid(), SIGUSR1);
    block(SIGUSR1);
    kill(getpid(), SIGUSR1);
    handle(SIGUSR1, SIG_IGN, 0);
    CHECK(!is_pending(SIGUSR1));
    handle(SIGUSR1, on_signal, 0);
    unblock(SIGUSR1);
    CHECK_EQUAL(count, 0);
}

TEST(default_actions_kill)
{
    static const int fatal[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGKILL, SIGVTALRM };

    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        pid_t child = fork_sleeper();

        kill(child, fatal[i]);
        int status = status_of(child);
        CHECK(WIFSIGNALED(status));
        CHECK_EQUAL(WTERMSIG(status), fatal[i]);
    }
}

TEST(default_actions_ignore)
{
    static const int harmless[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };
    pid_t child = fork_sleeper();

    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        kill(child, harmless[i]);
    sleep_ms(20);
    CHECK_EQUAL(waitpid(child, NULL, WNOHANG), 0);
    kill(child, SIGKILL);
    status_of(child);
}

TEST(abort_ends_by_sigabrt)
{
    pid_t child = check_fork();

    if (child == 0)
        abort();
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGABRT);
}

static void make_pipe(int ends[2])
{
    CHECK_EQUAL(pipe(ends), 0);
}

/* Lets a child send SIGUSR1 to this process and later write a byte to the pipe. */
static pid_t disturb(int write_end)
{
    pid_t child = check_fork();

    if (child == 0) {
        sleep_ms(50);
        kill(getppid(), SIGUSR1);
        sleep_ms(50);
        CHECK_EQUAL(write(write_end, "x", 1), 1);
        _exit(0);
    }
    return child;
}

TEST(read_is_interrupted)
{
    int ends[2];
    char byte;

    make_pipe(ends);
    handle(SIGUSR1, on_signal, 0);
    pid_t child = disturb(ends[1]);
    CHECK_ERROR(read(ends[0], &byte, 1), EINTR);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(read_is_restarted)
{
    int ends[2];
    char byte = 0;

    make_pipe(ends);
    handle(SIGUSR1, on_signal, SA_RESTART);
    pid_t child = disturb(ends[1]);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(byte, 'x');
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(wait_is_interrupted_and_restarted)
{
    int ends[2];

    make_pipe(ends);
    handle(SIGUSR1, on_signal, 0);
    pid_t child = disturb(ends[1]);
    CHECK_ERROR(wait(NULL), EINTR);
    CHECK_EQUAL(wait(NULL), child);
    handle(SIGUSR1, on_signal, SA_RESTART);
    child = disturb(ends[1]);
    CHECK_EQUAL(wait(NULL), child);
    CHECK_EQUAL(count, 2);
}

TEST(ignored_signal_interrupts_nothing)
{
    int ends[2];
    char byte;

    make_pipe(ends);
    handle(SIGUSR1, SIG_IGN, 0);
    pid_t child = disturb(ends[1]);
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(sleep_is_interrupted_with_the_rest)
{
    int ends[2];
    struct timespec time = { 5, 0 }, rest = { 0, 0 };

    make_pipe(ends);
    handle(SIGUSR1, on_signal, SA_RESTART);
    pid_t child = disturb(ends[1]);
    CHECK_ERROR(nanosleep(&time, &rest), EINTR);
    CHECK(rest.tv_sec >= 3 && rest.tv_sec < 5);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(sigsuspend_waits_with_another_mask)
{
    sigset_t none = set_of(0);

    handle(SIGUSR1, on_signal, 0);
    block(SIGUSR1);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 0);
    CHECK_ERROR(sigsuspend(&none), EINTR);
    CHECK_EQUAL(count, 1);
    CHECK(is_blocked(SIGUSR1));
}

TEST(sigsuspend_sleeps_until_it_comes)
{
    sigset_t none = set_of(0);
    int ends[2];

    make_pipe(ends);
    handle(SIGUSR1, on_signal, 0);
    block(SIGUSR1);
    pid_t child = disturb(ends[1]);
    CHECK_ERROR(sigsuspend(&none), EINTR);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(sigsuspend_is_ended_by_a_child)
{
    sigset_t all, old;

    handle(SIGCHLD, on_signal, 0);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid_t child = check_fork();
    if (child == 0) {
        sleep_ms(50);
        _exit(0);
    }
    while (!count)
        CHECK_ERROR(sigsuspend(&old), EINTR);
    CHECK_EQUAL(waitpid(child, NULL, WNOHANG), child);
}

static char *stack_low, *stack_high;
static volatile bool was_on_stack;

static void note_stack(int sig)
{
    char here;

    (void)sig;
    count++;
    was_on_stack = &here >= stack_low && &here < stack_high;
}

static void use_alternate_stack(void)
{
    stack_low = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_high = stack_low + 65536;
    CHECK(stack_low != MAP_FAILED);
    CHECK_EQUAL(sigaltstack(&(stack_t){ .ss_sp = stack_low, .ss_size = 65536 }, NULL), 0);
}

TEST(alternate_stack_is_used)
{
    stack_t now;

    use_alternate_stack();
    handle(SIGUSR1, note_stack, SA_ONSTACK);
    kill(getpid(), SIGUSR1);
    CHECK_EQUAL(count, 1);
    CHECK(was_on_stack);
    handle(SIGUSR1, note_stack, 0);
    kill(getpid(), SIGUSR1);
    CHECK(!was_on_stack);
    CHECK_EQUAL(sigaltstack(NULL, &now), 0);
    CHECK(now.ss_sp == stack_low && now.ss_flags == 0);
}

TEST(alternate_stack_errors)
{
    static char small[100];

    CHECK_ERROR(sigaltstack(&(stack_t){ .ss_sp = small, .ss_size = sizeof small }, NULL), ENOMEM);
    CHECK_ERROR(sigaltstack(&(stack_t){ .ss_sp = small, .ss_size = 65536, .ss_flags = 77 }, NULL), EINVAL);
    CHECK_ERROR(syscall(SYS_sigaltstack, (void *)8, NULL), EFAULT);
}

static sigjmp_buf back;

static void jump_back(int sig, siginfo_t *info, void *context)
{
    on_signal_info(sig, info, context);
    note_stack(sig);
    siglongjmp(back, 1);
}

static int eat_stack(int depth)
{
    volatile char page[4096];

    page[depth % 4096] = (char)depth;
    return depth > 100000000 ? 0 : eat_stack(depth + 1) + page[depth % 4096];
}

TEST(stack_overflow_is_caught_on_the_alternate_stack)
{
    setrlimit(RLIMIT_STACK, &(struct rlimit){ 1 << 20, RLIM_INFINITY });
    use_alternate_stack();
    handle_info(SIGSEGV, jump_back, SA_ONSTACK);
    if (sigsetjmp(back, 1) == 0)
        eat_stack(0);
    CHECK_EQUAL(told.si_signo, SIGSEGV);
    CHECK(was_on_stack);
}

static void provoke(void (*act)(void *), void *argument, int sig)
{
    handle_info(sig, jump_back, 0);
    if (sigsetjmp(back, 1) == 0) {
        act(argument);
        CHECK(!"the signal did not come");
    }
    CHECK_EQUAL(told.si_signo, sig);
}

__attribute__((noinline)) static void write_there(void *address)
{
    *(volatile char *)address = 1;
}

__attribute__((noinline)) static void read_there(void *address)
{
    (void)*(volatile char *)address;
}

static void jump_there(void *address)
{
    ((void (*)(void))address)();
}

TEST(segv_tells_where_nothing_is_mapped)
{
    provoke(write_there, (void *)0x123456789, SIGSEGV);
    CHECK_EQUAL(told.si_code, SEGV_MAPERR);
    CHECK_EQUAL(told.si_addr, 0x123456789);
    provoke(read_there, (void *)8, SIGSEGV);
    CHECK_EQUAL(told.si_addr, 8);
}

TEST(segv_tells_where_access_is_denied)
{
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    provoke(write_there, page + 5, SIGSEGV);
    CHECK_EQUAL(told.si_code, SEGV_ACCERR);
    CHECK_EQUAL(told.si_addr, page + 5);
    mprotect(page, 4096, PROT_NONE);
    provoke(read_there, page + 6, SIGSEGV);
    CHECK_EQUAL(told.si_code, SEGV_ACCERR);
}

TEST(segv_at_kernel_and_noncanonical_addresses)
{
    provoke(read_there, (void *)0xffffffff80000000, SIGSEGV);
    provoke(write_there, (void *)0xffffffc080000000, SIGSEGV);
    provoke(read_there, (void *)0x0100000000000000, SIGSEGV);
    provoke(jump_there, (void *)0xffffffff80000000, SIGSEGV);
    provoke(jump_there, (void *)0x10, SIGSEGV);
}

TEST(data_is_not_executable)
{
    static uint32_t code[] = { 0x00008067 };
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memcpy(page, code, sizeof code);
    provoke(jump_there, page, SIGSEGV);
    CHECK_EQUAL(told.si_code, SEGV_ACCERR);
}

static void execute_illegal(void *unused)
{
    (void)unused;
    __asm__ volatile(".word 0xffffffff");
}

static void execute_break(void *unused)
{
    (void)unused;
    __asm__ volatile("ebreak");
}

static void execute_privileged(void *unused)
{
    (void)unused;
    __asm__ volatile("csrr zero, sstatus");
}

TEST(illegal_instruction)
{
    provoke(execute_illegal, NULL, SIGILL);
    provoke(execute_privileged, NULL, SIGILL);
}

TEST(breakpoint)
{
    provoke(execute_break, NULL, SIGTRAP);
}

TEST(uncaught_fault_kills)
{
    pid_t child = check_fork();

    if (child == 0)
        write_there((void *)16);
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGSEGV);
}

TEST(blocked_fault_kills)
{
    pid_t child = check_fork();

    if (child == 0) {
        handle(SIGSEGV, on_signal, 0);
        block(SIGSEGV);
        write_there((void *)16);
    }
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGSEGV);
}

static void step_over(int sig, siginfo_t *info, void *context)
{
    ucontext_t *user = context;

    on_signal_info(sig, info, context);
    user->uc_mcontext.__gregs[REG_PC] += 4;
    user->uc_mcontext.__gregs[REG_A0] = 77;
}

TEST(handler_may_change_the_registers)
{
    register long a0 __asm__("a0") = 1;

    handle_info(SIGILL, step_over, 0);
    __asm__ volatile(".word 0xffffffff" : "+r"(a0));
    CHECK_EQUAL(a0, 77);
    CHECK_EQUAL(count, 1);
}

static void clobber(int sig)
{
    volatile double a = 1.25, b = 3;

    (void)sig;
    count++;
    for (int i = 0; i < 100; i++)
        a = a * b + i;
    __asm__ volatile("li t0, -1\n li t1, -1\n li a5, -1\n li s11, -1" ::: "t0", "t1", "a5", "s11");
    __asm__ volatile("fmv.d.x fs0, t0\n fmv.d.x ft0, t0" ::: "fs0", "ft0");
}

TEST(registers_survive_a_handler)
{
    double x = 1.5;
    long ok;

    handle(SIGALRM, clobber, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 5000 }, { 0, 5000 } }, NULL);
    /* Counts in a caller-saved, a callee-saved and a floating-point register while the timer interrupts. */
    __asm__ volatile("fmv.d.x ft1, zero\n fld ft2, %1\n li t3, 0\n li s2, 0\n"
                     "1: addi t3, t3, 1\n addi s2, s2, 1\n fadd.d ft1, ft1, ft2\n"
                     "   lw t4, %2\n li t5, 20\n blt t4, t5, 1b\n"
                     "   fcvt.d.l ft3, t3\n fmul.d ft3, ft3, ft2\n feq.d t6, ft1, ft3\n"
                     "   sub t3, t3, s2\n seqz t3, t3\n and %0, t3, t6\n"
                     : "=r"(ok)
                     : "m"(x), "m"(count)
                     : "t3", "t4", "t5", "t6", "s2", "ft1", "ft2", "ft3", "memory");
    CHECK(ok);
}

/* A frame that begins so many bytes below, in pages of the stack that may never have been touched. */
static __attribute__((noinline)) void raise_below(size_t depth)
{
    char *room = __builtin_alloca(depth + 16);
    register unsigned long kept __asm__("s5") = depth;
    register double fraction __asm__("fs5") = (double)depth + 0.5;

    __asm__ volatile("" : "+r"(kept), "+f"(fraction) : "r"(room) : "memory");
    kill(getpid(), SIGUSR1);
    __asm__ volatile("" : "+r"(kept), "+f"(fraction) : : "memory");
    CHECK(kept == depth && fraction == (double)depth + 0.5);
}

TEST(frames_at_every_place_of_a_page)
{
    handle(SIGUSR1, clobber, 0);
    for (size_t depth = 0; depth < 2 * 4096; depth += 16)
        raise_below(depth);
    raise_below(64 * 4096);
}

TEST(siglongjmp_restores_the_mask)
{
    provoke(write_there, (void *)16, SIGSEGV);
    CHECK(!is_blocked(SIGSEGV));
    provoke(write_there, (void *)16, SIGSEGV);
}

TEST(itimer_real_fires_once)
{
    struct itimerval now;
    long start = now_ms();

    handle(SIGALRM, on_signal, 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 200000 } }, NULL), 0);
    CHECK_EQUAL(getitimer(ITIMER_REAL, &now), 0);
    CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec > 0 && now.it_value.tv_usec <= 200000);
    while (count == 0)
        usleep(1000);
    CHECK(now_ms() - start >= 199); /* never early, however slow the machine */
    CHECK_EQUAL(count, 1);
    getitimer(ITIMER_REAL, &now);
    CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec == 0);
}

TEST(itimer_real_repeats)
{
    struct itimerval old;

    handle(SIGALRM, on_signal, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 10000 }, { 0, 10000 } }, NULL);
    while (count < 5)
        pause();
    CHECK_EQUAL(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, &old), 0);
    CHECK_EQUAL(old.it_interval.tv_usec, 10000);
    int at = count;
    sleep_ms(40);
    CHECK_EQUAL(count, at);
    CHECK_ERROR(setitimer(99, &(struct itimerval){ 0 }, NULL), EINVAL);
    CHECK_ERROR(setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 2000000 } }, NULL), EINVAL);
}

TEST(alarm_interrupts_a_busy_loop)
{
    handle(SIGALRM, on_signal, 0);
    setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 50000 } }, NULL);
    while (!count)
        ;
    CHECK_EQUAL(count, 1);
}

TEST(sigchld_tells_how_the_child_ended)
{
    handle_info(SIGCHLD, on_signal_info, SA_RESTART);
    pid_t child = check_fork();
    if (child == 0)
        _exit(42);
    CHECK_EQUAL(status_of(child), 42 << 8);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(told.si_pid, child);
    CHECK_EQUAL(told.si_code, CLD_EXITED);
    CHECK_EQUAL(told.si_status, 42);
    child = fork_sleeper();
    kill(child, SIGTERM);
    status_of(child);
    CHECK_EQUAL(told.si_code, CLD_KILLED);
    CHECK_EQUAL(told.si_status, SIGTERM);
}

TEST(stop_and_continue_are_reported)
{
    int status;
    pid_t child = fork_sleeper();

    kill(child, SIGSTOP);
    CHECK_EQUAL(waitpid(child, &status, WUNTRACED), child);
    CHECK(WIFSTOPPED(status));
    CHECK_EQUAL(WSTOPSIG(status), SIGSTOP);
    CHECK_EQUAL(waitpid(child, &status, WUNTRACED | WNOHANG), 0);
    kill(child, SIGCONT);
    CHECK_EQUAL(waitpid(child, &status, WCONTINUED), child);
    CHECK(WIFCONTINUED(status));
    kill(child, SIGTSTP);
    CHECK_EQUAL(waitpid(child, &status, WUNTRACED), child);
    CHECK_EQUAL(WSTOPSIG(status), SIGTSTP);
    kill(child, SIGKILL);
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGKILL);
}

TEST(stopped_process_does_not_run)
{
    volatile int *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = check_fork();

    if (child == 0)
        for (;;)
            (*counter)++;
    while (!*counter)
        sleep_ms(1);
    kill(child, SIGSTOP);
    CHECK_EQUAL(waitpid(child, NULL, WUNTRACED), child);
    int at = *counter;
    sleep_ms(30);
    CHECK_EQUAL(*counter, at);
    kill(child, SIGTERM);
    sleep_ms(10);
    CHECK_EQUAL(waitpid(child, NULL, WNOHANG), 0);
    kill(child, SIGCONT);
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGTERM);
}

TEST(sigchld_for_stops_unless_nocldstop)
{
    handle_info(SIGCHLD, on_signal_info, SA_RESTART);
    pid_t child = fork_sleeper();
    kill(child, SIGSTOP);
    CHECK_EQUAL(waitpid(child, NULL, WUNTRACED), child);
    CHECK_EQUAL(count, 1);
    CHECK_EQUAL(told.si_code, CLD_STOPPED);
    handle_info(SIGCHLD, on_signal_info, SA_RESTART | SA_NOCLDSTOP);
    kill(child, SIGCONT);
    CHECK_EQUAL(waitpid(child, NULL, WCONTINUED), child);
    CHECK_EQUAL(count, 1);
    kill(child, SIGKILL);
    status_of(child);
    CHECK_EQUAL(count, 2);
}

TEST(kill_reaches_a_group)
{
    pid_t leader = check_fork();

    if (leader == 0) {
        setpgid(0, 0);
        pause();
        _exit(9);
    }
    setpgid(leader, leader);
    pid_t member = check_fork();
    if (member == 0) {
        setpgid(0, leader);
        pause();
        _exit(9);
    }
    CHECK_EQUAL(setpgid(member, leader), 0);
    CHECK_EQUAL(kill(-leader, SIGTERM), 0);
    CHECK_EQUAL(WTERMSIG(status_of(leader)), SIGTERM);
    CHECK_EQUAL(WTERMSIG(status_of(member)), SIGTERM);
    CHECK_ERROR(kill(-leader, 0), ESRCH);
}

TEST(kill_errors)
{
    CHECK_ERROR(kill(getpid(), 65), EINVAL);
    CHECK_ERROR(kill(getpid(), -1), EINVAL);
    CHECK_ERROR(kill(99999999, SIGTERM), ESRCH);
    CHECK_EQUAL(kill(getpid(), 0), 0);
    CHECK_ERROR(syscall(SYS_tgkill, getpid(), 99999999, SIGTERM), ESRCH);
    CHECK_ERROR(syscall(SYS_tgkill, -1, 1, SIGTERM), EINVAL);
}

TEST(kill_needs_the_same_user)
{
    pid_t child = fork_sleeper();

    IN_CHILD
    {
        CHECK_EQUAL(setresuid(1234, 1234, 1234), 0);
        CHECK_ERROR(kill(child, SIGKILL), EPERM);
        CHECK_ERROR(kill(1, SIGKILL), EPERM);
    }
    kill(child, SIGKILL);
    status_of(child);
}

TEST(broken_pipe)
{
    int ends[2];

    make_pipe(ends);
    close(ends[0]);
    handle(SIGPIPE, on_signal, 0);
    CHECK_ERROR(write(ends[1], "x", 1), EPIPE);
    CHECK_EQUAL(count, 1);
    handle(SIGPIPE, SIG_IGN, 0);
    CHECK_ERROR(write(ends[1], "x", 1), EPIPE);
    pid_t child = check_fork();
    if (child == 0) {
        handle(SIGPIPE, SIG_DFL, 0);
        _exit(write(ends[1], "x", 1) == 1);
    }
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGPIPE);
}

TEST(child_inherits_mask_and_handlers_but_nothing_pending)
{
    handle(SIGUSR1, on_signal, 0);
    block(SIGUSR1);
    kill(getpid(), SIGUSR1);
    IN_CHILD
    {
        CHECK(is_blocked(SIGUSR1));
        CHECK(!is_pending(SIGUSR1));
        unblock(SIGUSR1);
        CHECK_EQUAL(count, 0);
        kill(getpid(), SIGUSR1);
        CHECK_EQUAL(count, 1);
    }
    CHECK(is_pending(SIGUSR1));
}

TEST(child_does_not_inherit_the_timer)
{
    setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 100, 0 } }, NULL);
    IN_CHILD
    {
        struct itimerval now;

        getitimer(ITIMER_REAL, &now);
        CHECK_EQUAL(now.it_value.tv_sec, 0);
    }
}

TEST(handler_in_a_handler)
{
    struct sigaction action = { .sa_handler = recurse_once, .sa_flags = SA_NODEFER };

    handle(SIGUSR2, on_signal, 0);
    sigaction(SIGUSR1, &action, NULL);
    block(SIGUSR2);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    unblock(SIGUSR2);
    CHECK_EQUAL(seen[SIGUSR2], 1);
    CHECK_EQUAL(count, 3);
}

TEST(a_broken_stack_pointer_kills)
{
    pid_t child = check_fork();

    if (child == 0) {
        handle(SIGUSR1, on_signal, 0);
        register long a0 __asm__("a0") = getpid();
        register long a1 __asm__("a1") = SIGUSR1;
        register long a7 __asm__("a7") = SYS_kill;
        __asm__ volatile("li sp, 64\n ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
        __builtin_unreachable();
    }
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGSEGV);
}

TEST(a_forged_frame_is_harmless)
{
    pid_t child = check_fork();

    if (child == 0) {
        register long a7 __asm__("a7") = SYS_rt_sigreturn;
        __asm__ volatile("li sp, 64\n ecall" ::"r"(a7) : "memory");
        __builtin_unreachable();
    }
    CHECK_EQUAL(WTERMSIG(status_of(child)), SIGSEGV);
}

/* Old masks and actions, and times, go to memory that has to be brought first, or cannot be. */
TEST(answers_to_absent_memory)
{
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned long *mask = (unsigned long *)pages, *across = (unsigned long *)(pages + 4096 - 8);
    unsigned long block = 1UL << (SIGUSR2 - 1), action[3] = { (unsigned long)SIG_IGN };
    char *barred = pages + 2 * 4096;

    CHECK(pages != MAP_FAILED && mprotect(barred, 4096, PROT_NONE) == 0);
    CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &block, NULL, 8), 0);
    CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, mask, 8), 0);
    CHECK_EQUAL(*mask, block);
    CHECK_ERROR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, barred, 8), EFAULT);
    CHECK_EQUAL(syscall(SYS_rt_sigaction, SIGUSR1, action, NULL, 8), 0);
    CHECK_EQUAL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, across, 8), 0);
    CHECK_EQUAL(*across, (unsigned long)SIG_IGN);
    CHECK_ERROR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, barred, 8), EFAULT);
    IN_CHILD
    {
        /* The pages are shared with the parent until written to. */
        CHECK_EQUAL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, mask + 2, 8), 0);
        CHECK_EQUAL(mask[2], block);
        CHECK_EQUAL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, pages + 4096 - 8), 0);
        CHECK_ERROR(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, barred), EFAULT);
    }
    CHECK_EQUAL(mask[2], 0);
}
