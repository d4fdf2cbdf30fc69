/* The first process: first_start, first_make, first_program. */
#include "servers/proc/first.h"
#include "servers/proc/command_line.h"
#include "servers/proc/exec.h"
#include "servers/proc/pid.h"
#include "servers/proc/process.h"
#include "servers/protocol/linux.h"
#include <linux/fcntl.h>
#include <stdarg.h>
#include <stdio.h>

enum { USER_PRIORITY = 8, FRAMES_A_PROCESS = 16 };

static struct command_line line;

static void give_up(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("proc: ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_OFF, 1);
}

/* RLIMIT_NPROC: as many as memory has room for. */
static uint64_t most_processes(void)
{
    struct tine_values v;

    tine_pool_balance(PROC_USERS, &v);
    return v.a2 / FRAMES_A_PROCESS;
}

/* A process without memory or kernel thread; it ends only with the machine. */
static struct thread *first_make(void)
{
    struct process *process = process_new();
    struct thread *thread = thread_new();

    if (!process || !thread)
        return NULL;
    process->exit_signal = 0;
    process->start = tine_time();
    process->cred = cred_root();
    process->limits = limits_default(most_processes());
    process->set = namespace_set_first();
    if (pid_reserve(&thread->tid) || !process->cred || !process->limits || !process->set)
        return NULL;
    thread->client = process->pid = thread->tid;
    if (vfs_fork(PROC_VFS, 0, process->pid, 0))
        return NULL;
    namespaces_tell(process);
    signals_init(&process->signals);
    thread_signals_init(&thread->signals);
    pid_set_process(process->pid, process);
    process->leader = thread;
    thread_join(thread, process);
    return session_found(process, process->pid) ? NULL : thread;
}

/* ---- its program ------------------------------------------------------------------------------------------------- */

static long first_arguments(struct arguments *a, const struct process *process, const char *path)
{
    long err = arguments_begin(a, exec_limit(process));

    if (!err)
        err = arguments_add(a, path, false);
    for (unsigned i = 0; i < line.argc && !err; i++)
        err = arguments_add(a, line.argv[i], false);
    if (!err)
        err = arguments_add(a, "HOME=/", true);
    if (!err)
        err = arguments_add(a, "TERM=linux", true);
    for (unsigned i = 0; i < line.envc && !err; i++)
        err = arguments_add(a, line.envp[i], true);
    return err;
}

static long try(const struct thread *self, const char *path, struct built *built)
{
    struct arguments a;
    long err = exec_open(self, AT_FDCWD, path, 0);

    if (err)
        return err;
    err = first_arguments(&a, self->process, path);
    if (!err)
        return exec_build(self, path, &a, built);
    exec_close();
    return err;
}

/* Linux's order: what the initial file system brings, then what was asked for, then the usual places. Returns its path.
 */
static const char *first_program(const struct thread *self, struct built *built)
{
    static const char *const usual[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
    const char *path = line.rdinit ? line.rdinit : "/init";
    long err = try(self, path, built);

    if (!err)
        return path;
    if (line.rdinit || err != -ENOENT)
        printf("proc: cannot execute %s: error %ld\n", path, -err);
    if (line.init) {
        err = try(self, line.init, built);
        if (!err)
            return line.init;
        give_up("cannot execute init=%s: error %ld", line.init, -err);
    }
    for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        err = try(self, usual[i], built);
        if (!err)
            return usual[i];
        if (err != -ENOENT)
            printf("proc: cannot execute %s: error %ld\n", usual[i], -err);
    }
    give_up("no program to start: there is no /init, /sbin/init, /etc/init, /bin/init or /bin/sh that can be executed");
    return NULL;
}

static err_t thread_make(struct thread *thread, const struct space *space, cap_t route)
{
    cap_t cap = cap_take();
    err_t err = tine_thread_create(PROC_USERS, cap, space->cap, 0, 0);

    if (err)
        return err;
    thread->cap = cap;
    err = tine_thread_set(cap, TINE_FIELD_ROUTE, route);
    if (!err)
        err = tine_thread_set(cap, TINE_FIELD_PAGER, TINE_SLOT_ENDPOINT);
    if (!err)
        err = tine_thread_set(cap, TINE_FIELD_PRIORITY, USER_PRIORITY);
    return err;
}

void first_start(const char *command_line, cap_t route)
{
    struct thread *thread = first_make();
    struct built built;
    const char *path;
    uint64_t ids[4];
    err_t err;

    command_line_parse(&line, command_line);
    if (line.fixed_addresses)
        layout_randomize = 0;
    if (!thread)
        give_up("no memory for the first process");
    path = first_program(thread, &built);
    err = thread_make(thread, built.space, route);
    if (err)
        give_up("no thread for the first process: error %ld", -err);
    thread_set_words(thread);
    cred_words(thread->process->cred, ids);
    tine_thread_words(thread->cap, LINUX_WORD_UID, 4, ids);
    exec_commit(thread, &built, path);
    tine_thread_start(thread->cap);
}
