/*
 * execve and execveat. Reading order: sys_execve, exec_build, exec_commit. There is one exec at a time, so what is
 * large lies here and not on the stack.
 */
#include "servers/proc/exec.h"
#include "servers/proc/exit.h"
#include "servers/proc/fork.h"
#include "servers/proc/image.h"
#include "servers/proc/pid.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/vdso.h"
#include "servers/protocol/linux.h"
#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>

enum {
    SCRIPT_LEVELS = 5,
    ARGUMENTS_MOST = 6 << 20, /* three quarters of the default stack, as in Linux */
    ARGUMENTS_LEAST = 131072,
    HWCAP = 1 << ('i' - 'a') | 1 << ('m' - 'a') | 1 << 0 | 1 << ('f' - 'a') | 1 << ('d' - 'a') | 1 << ('c' - 'a'),
    CLOCK_TICKS = 100,
    SIGNAL_STACK_LEAST = 2048, /* AT_MINSIGSTKSZ: a frame and room to work */
    REG_SP = 1,
};

static struct executable program, interpreter;

/* ---- `#!` -------------------------------------------------------------------------------------------------------- */

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Splits the line in `head` (cut if longer) into the interpreter and the one argument it may have, "" if none. */
static long script_parse(char *line, size_t bytes, char **interp, char **argument)
{
    char *end = memchr(line, '\n', bytes), *at = line + 2;

    if (!end)
        end = line + (bytes < IMAGE_HEAD ? bytes : IMAGE_HEAD - 1);
    *end = 0;
    while (end > at && blank(end[-1]))
        *--end = 0;
    while (blank(*at))
        at++;
    if (!*at)
        return -ENOEXEC;
    *interp = at;
    while (*at && !blank(*at))
        at++;
    while (blank(*at))
        *at++ = 0;
    *argument = at;
    return 0;
}

static bool is_script(const struct executable *x)
{
    return x->head_bytes > 2 && x->head[0] == '#' && x->head[1] == '!';
}

/* Opens `path`, or what its `#!` line names, and so on. */
static long open_program(uint32_t client, int dirfd, const char *path, int flags, struct arguments *a, const char *name)
{
    static char interp_path[IMAGE_HEAD];
    char *interp, *argument;
    long err;

    for (unsigned level = 0;; level++) {
        err = executable_open(client, dirfd, path, flags, &program);
        if (err || !is_script(&program))
            return err;
        executable_close(&program);
        if (level == SCRIPT_LEVELS)
            return -ELOOP;
        err = script_parse(program.head, program.head_bytes, &interp, &argument);
        if (err)
            return err;
        arguments_shift(a);
        if (!arguments_prepend(a, level ? path : name) || (*argument && !arguments_prepend(a, argument)) ||
            !arguments_prepend(a, interp))
            return -E2BIG;
        strcpy(interp_path, interp);
        path = interp_path;
        dirfd = AT_FDCWD;
        flags = 0;
    }
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

/* The program's dynamic linker: loaded where mmap would put it, entered first. */
static long load_interpreter(uint32_t client, struct space *space, struct image *image)
{
    static char path[ELF_INTERP_MAX];
    uint64_t base;
    long err = executable_interpreter(&program, path);

    if (err)
        return err;
    err = executable_open(client, AT_FDCWD, path, 0, &interpreter);
    if (err)
        return err;
    executable_known(&interpreter, path);
    err = executable_parse(&interpreter);
    if (!err) {
        base = space_place(space, 0, interpreter.elf.high - interpreter.elf.low);
        err = base ? image_load(space, &interpreter, base, LAYOUT_VDSO, image) : -ENOMEM;
    }
    executable_close(&interpreter);
    return err == -ENOEXEC ? -ELIBBAD : err;
}

enum { AUXILIARIES = 18 };

static void auxv_make(struct auxiliary v[AUXILIARIES], const struct process *process, const struct image *image,
                      const struct image *linker, bool secure)
{
    const struct cred *cred = process->cred;
    const struct auxiliary all[] = {
        { AT_SYSINFO_EHDR, vdso_header() },
        { AT_HWCAP, HWCAP },
        { AT_PAGESZ, TINE_PAGE_SIZE },
        { AT_CLKTCK, CLOCK_TICKS },
        { AT_PHDR, image->phdr },
        { AT_PHENT, ELF_PHDR_BYTES },
        { AT_PHNUM, image->phdr_count },
        { AT_BASE, linker ? linker->low : 0 },
        { AT_FLAGS, 0 },
        { AT_ENTRY, image->entry },
        { AT_UID, cred->uid },
        { AT_EUID, cred->euid },
        { AT_GID, cred->gid },
        { AT_EGID, cred->egid },
        { AT_SECURE, secure },
        { AT_RANDOM, 0 },
        { AT_EXECFN, 0 },
        { AT_MINSIGSTKSZ, SIGNAL_STACK_LEAST },
    };

    _Static_assert(sizeof(all) == AUXILIARIES * sizeof(*v), "counted right");
    memcpy(v, all, sizeof(all));
}

/* The memory of `program`: its segments, its linker, the vDSO. Sets the first instruction; *linker if it has one. */
static long build_memory(struct process *process, struct built *built, struct image *image, struct image *linker)
{
    struct space *space = built->space;
    long err = image_load(space, &program, LAYOUT_PROGRAM, LAYOUT_MMAP_TOP, image);

    if (err)
        return err;
    space->brk_start = space->brk = image->high;
    built->pc = image->entry;
    if (program.elf.interp_bytes) {
        err = load_interpreter(process->pid, space, linker);
        if (err)
            return err;
        built->pc = linker->entry;
    }
    return vdso_map(space);
}

/* The credentials change when nothing else can fail any more, for they must not stay changed if exec does not happen.
 */
static long build(struct process *process, const struct arguments *a, struct built *built)
{
    static struct auxiliary auxv[AUXILIARIES];
    const struct vfs_file *file = &program.backing->file;
    struct image image, linker;
    struct stack stack;
    long err = build_memory(process, built, &image, &linker);

    if (!err)
        err = stack_make(&stack, a, built->space, LAYOUT_STACK_TOP, AUXILIARIES, program.elf.stack_exec);
    if (err)
        return err;
    err = cred_exec(process, file->mode, file->uid, file->gid, &built->secure);
    if (err) {
        stack_drop(&stack);
        return err;
    }

    auxv_make(auxv, process, &image, program.elf.interp_bytes ? &linker : NULL, built->secure);
    stack_fill(&stack, a, built->space, auxv);
    built->sp = stack.sp;
    return 0;
}

long exec_build(struct process *process, int dirfd, const char *path, int flags, struct arguments *a, const char *name,
                struct built *built)
{
    long err = open_program(process->pid, dirfd, path, flags, a, name);

    if (err)
        return err;
    if (!a->argc)
        err = arguments_prepend(a, "") ? 0 : -E2BIG; /* argv[0] is never null, as in Linux since 5.18 */
    if (!err)
        err = arguments_name(a, name);
    if (!err)
        err = executable_parse(&program);
    executable_known(&program, a->bytes + a->start);
    built->space = err ? NULL : space_new();
    if (!err)
        err = built->space ? build(process, a, built) : -ENOMEM;
    built->handle = program.backing->file.handle;
    executable_close(&program);
    if (err)
        space_put(built->space);
    return err;
}

size_t exec_limit(const struct process *process)
{
    uint64_t limit = process->limits->limit[RLIMIT_STACK].rlim_cur / 4;

    if (limit > ARGUMENTS_MOST)
        return ARGUMENTS_MOST;
    return limit < ARGUMENTS_LEAST ? ARGUMENTS_LEAST : limit;
}

/* ---- changing over ----------------------------------------------------------------------------------------------- */

/* The survivor of a thread group is its leader from now on, under the process's number. */
static void become_leader(struct thread *self)
{
    struct process *process = self->process;

    threads_end_others(process, self);
    if (self->tid == process->pid)
        return;
    pid_free(self->tid);
    self->tid = process->pid;
    process->leader = self;
    thread_set_words(self);
}

static void name_set(struct thread *self, const char *name)
{
    const char *slash = strrchr(name, '/');

    strncpy(self->comm, slash ? slash + 1 : name, COMM_BYTES - 1);
    self->comm[COMM_BYTES - 1] = 0;
    memcpy(self->process->comm, self->comm, COMM_BYTES);
}

/* The kernel's thread: another space, fresh registers. */
static void thread_begin(const struct thread *self, const struct built *built)
{
    static const struct tine_fp_registers no_fp;
    struct tine_registers r = { .pc = built->pc };

    r.x[REG_SP] = built->sp;
    tine_thread_set(self->cap, TINE_FIELD_SPACE, built->space->cap);
    tine_thread_write(self->cap, &r, &no_fp);
}

void exec_commit(struct thread *self, const struct built *built, const char *name)
{
    struct process *process = self->process;
    struct space *old = process->space;

    become_leader(self);
    vfs_exec(PROC_VFS, process->pid, built->handle);
    thread_begin(self, built);
    process->space = built->space;
    if (process->vfork_parent)
        vfork_done(process);
    space_put(old);
    signals_exec(process, self);
    self->futex.robust = 0;
    self->clear_child_tid = 0;
    process->exit_signal = SIGCHLD;
    process->member.executed = true;
    process->not_dumpable = process->keep_capabilities = false;
    if (built->secure)
        process->death_signal = 0;
    name_set(self, name);
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static long read_path(struct thread *self, uint64_t addr, char *path)
{
    long length = user_read_string(self->process, addr, path, PATH_MAX);

    return length == -E2BIG ? -ENAMETOOLONG : length < 0 ? length : 0;
}

/* The name under which a script's interpreter finds a file that was given by a descriptor. */
static const char *name_of(int dirfd, const char *path)
{
    static char name[PATH_MAX + 24];

    if (*path == '/' || dirfd == AT_FDCWD)
        return path;
    snprintf(name, sizeof(name), *path ? "/dev/fd/%d/%s" : "/dev/fd/%d", dirfd, path);
    return name;
}

static long exec(struct thread *self, int dirfd, const uint64_t w[3], int flags)
{
    static char path[PATH_MAX];
    struct arguments a;
    struct built built;
    const char *name;
    long err = read_path(self, w[0], path);

    if (!err)
        err = arguments_begin(&a, exec_limit(self->process));
    if (!err)
        err = arguments_from(&a, self->process, w[1], w[2]);
    if (err)
        return err;
    name = name_of(dirfd, path);
    err = exec_build(self->process, dirfd, path, flags, &a, name, &built);
    if (err)
        return err;

    exec_commit(self, &built, name);
    return RESTARTED;
}

/* execve(2) */
long sys_execve(struct thread *self, struct call *call)
{
    return exec(self, AT_FDCWD, call->m.w, 0);
}

/* execveat(2) */
long sys_execveat(struct thread *self, struct call *call)
{
    int flags = (int)call->m.w[4];

    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    return exec(self, (int)call->m.w[0], call->m.w + 1, flags);
}
