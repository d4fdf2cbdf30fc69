/*
 * execve and execveat. Reading order: sys_execve, exec_open, exec_build, exec_commit. There is one exec at a time, so
 * what is large, and what was opened, lies here and not on the stack.
 */
#include "servers/proc/exec.h"
#include "servers/proc/cgroup.h"
#include "servers/proc/exit.h"
#include "servers/proc/fork.h"
#include "servers/proc/frozen.h"
#include "servers/proc/library.h"
#include "servers/proc/pid.h"
#include "servers/proc/pid_namespace.h"
#include "servers/proc/process.h"
#include "servers/proc/random.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/user_namespace.h"
#include "servers/proc/vdso.h"
#include "servers/proc/warm.h"
#include "servers/protocol/linux.h"
#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/personality.h>
#include <linux/stat.h>
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
static struct frozen *kept; /* the image of `program`, NULL: none yet */

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

/* The first line of the script that was opened, NULL: it is none. */
static const char *script_line(size_t *bytes)
{
    const char *line = kept ? kept->text : program.head;

    if (kept && kept->space)
        return NULL;
    *bytes = kept ? kept->text_bytes : program.head_bytes;
    return kept || (*bytes > 2 && line[0] == '#' && line[1] == '!') ? line : NULL;
}

static void keep_script(void)
{
    struct frozen script = { .file = program.backing,
                             .version = program.file.version,
                             .text_bytes = program.head_bytes };

    memcpy(script.text, program.head, program.head_bytes);
    backing_get(program.backing);
    frozen_keep(&script);
}

/* Opens a program: `program`, and `kept` if it is known. */
static long open_program(uint32_t client, int dirfd, const char *path, int flags)
{
    long err = executable_open(client, dirfd, path, flags, &program);

    if (err)
        return err;
    kept = frozen_find(&program);
    err = kept ? 0 : executable_read(&program);
    if (err)
        executable_close(&program);
    return err;
}

/* Opens what the script `path` names, and so on. On an error nothing is open. */
static long follow_scripts(uint32_t client, const char *path, struct arguments *a)
{
    static char line[IMAGE_HEAD], interp_path[IMAGE_HEAD];
    char *interp, *argument;
    const char *first;
    size_t bytes;
    long err;

    for (unsigned level = 0; (first = script_line(&bytes)); level++) {
        memcpy(line, first, bytes);
        if (!kept)
            keep_script();
        executable_close(&program);
        if (level == SCRIPT_LEVELS)
            return -ELOOP;
        arguments_shift(a);
        if (!arguments_prepend(a, path))
            return -E2BIG;
        err = script_parse(line, bytes, &interp, &argument);
        if (err)
            return err;
        if ((*argument && !arguments_prepend(a, argument)) || !arguments_prepend(a, interp))
            return -E2BIG;
        path = strcpy(interp_path, interp);
        err = open_program(client, AT_FDCWD, path, 0);
        if (err)
            return err;
    }
    return 0;
}

/* ---- the image --------------------------------------------------------------------------------------------------- */

/* The image's linker must still be what its path leads to, and may be executed. */
static long check_linker(uint32_t client)
{
    long err;

    if (!kept->linker)
        return 0;
    err = executable_open(client, AT_FDCWD, kept->text, 0, &interpreter);
    if (err)
        return err;
    if (!frozen_has_linker(kept, &interpreter)) {
        frozen_drop(kept);
        kept = NULL;
    }
    executable_close(&interpreter);
    return 0;
}

/* The program's dynamic linker: loaded where mmap would put it, entered first. */
static long load_linker(uint32_t client, struct frozen *image)
{
    struct image linker;
    uint64_t base;
    long err = executable_interpreter(&program, image->text);

    if (!err)
        err = executable_open(client, AT_FDCWD, image->text, 0, &interpreter);
    if (err)
        return err;
    err = executable_parse(&interpreter);
    if (!err) {
        base = space_place(image->space, 0, interpreter.elf.high - interpreter.elf.low);
        err = base ? image_load(image->space, &interpreter, base, layout_vdso(&image->space->layout), &linker) : -ENOMEM;
    }
    if (!err) {
        image->base = linker.low;
        image->pc = linker.entry;
        image->linker_version = interpreter.file.version;
        image->linker_data = image_data(&interpreter.elf, linker.bias);
        image->linker = interpreter.backing;
        backing_get(image->linker);
        library_begin(image->linker);
    }
    executable_close(&interpreter);
    return err == -ENOEXEC ? -ELIBBAD : err;
}

static long stack_region(struct space *space, bool executable)
{
    uint64_t end = layout_stack_end(&space->layout);
    struct region region = { .start = end - LAYOUT_STACK_BYTES,
                             .end = end,
                             .flags = REGION_GROWS | REGION_STACK,
                             .prot = TINE_PROT_READ | TINE_PROT_WRITE };

    if (executable)
        region.prot |= TINE_PROT_EXEC;
    if (!regions_reserve(1))
        return -ENOMEM;
    region_add(space->regions, &region);
    return 0;
}

/* Segments, linker, vDSO, and the stack's region. */
static long load(uint32_t client, struct frozen *image)
{
    struct space *space = image->space;
    long err = image_load(space, &program, space->layout.program, space->layout.mmap_top, &image->image);

    if (err)
        return err;
    space->brk_start = space->brk = image->image.high;
    image->pc = image->image.entry;
    if (program.elf.interp_bytes)
        err = load_linker(client, image);
    if (!err)
        err = vdso_map(space);
    return err ? err : stack_region(space, program.elf.stack_exec);
}

/* Loads the program, to be kept as it is then. */
static long make_image(uint32_t client, bool random)
{
    struct frozen image = { .version = program.file.version, .random = random };
    long err = executable_parse(&program);
    uint64_t where;

    if (err)
        return err;
    image.space = space_new(PROC_USERS);
    if (image.space && random) {
        random_bytes(&where, sizeof(where));
        image.space->layout = layout_choose(where);
    }
    err = image.space ? load(client, &image) : -ENOMEM;
    if (err) {
        space_put(image.space);
        backing_put(image.linker);
        return err;
    }
    image.file = program.backing;
    backing_get(image.file);
    kept = frozen_keep(&image);
    return kept ? 0 : -ENOMEM;
}

/* Makes `kept` the image of what was opened. */
static long find_image(uint32_t client, bool random)
{
    long err = kept ? check_linker(client) : 0;

    if (!err && kept && kept->random != random) {
        frozen_drop(kept);
        kept = NULL;
    }
    return err || kept ? err : make_image(client, random);
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

enum { AUXILIARIES = 18 };

static void auxv_make(struct auxiliary v[AUXILIARIES], const struct process *process, const struct built *built)
{
    const struct cred *cred = process->cred;
    const struct auxiliary all[] = {
        { AT_SYSINFO_EHDR, vdso_header(built->space) },
        { AT_HWCAP, HWCAP },
        { AT_PAGESZ, TINE_PAGE_SIZE },
        { AT_CLKTCK, CLOCK_TICKS },
        { AT_PHDR, kept->image.phdr },
        { AT_PHENT, ELF_PHDR_BYTES },
        { AT_PHNUM, kept->image.phdr_count },
        { AT_BASE, kept->base },
        { AT_FLAGS, 0 },
        { AT_ENTRY, kept->image.entry },
        { AT_UID, uid_seen(process, cred->uid) },
        { AT_EUID, uid_seen(process, cred->euid) },
        { AT_GID, gid_seen(process, cred->gid) },
        { AT_EGID, gid_seen(process, cred->egid) },
        { AT_SECURE, built->secure },
        { AT_RANDOM, 0 },
        { AT_EXECFN, 0 },
        { AT_MINSIGSTKSZ, SIGNAL_STACK_LEAST },
    };

    _Static_assert(sizeof(all) == AUXILIARIES * sizeof(*v), "counted right");
    memcpy(v, all, sizeof(all));
}

/* What is random in one exec, from one request: a block of ChaCha20 costs 1,250 instructions and gives 64 bytes. */
struct seed {
    char program[STACK_RANDOM_BYTES];
    uint32_t layout; /* if that is */
};

/* personality(2) has no say for programs that change the user or group, whoever executes them. */
static bool exec_randomizes(const struct process *process, uint32_t mode)
{
    bool fixed = process->attributes.personality & ADDR_NO_RANDOMIZE && !(mode & (S_ISUID | S_ISGID));

    return layout_randomize && !fixed;
}

/* The credentials change when nothing else can fail any more, for they must not stay changed if exec does not happen.
 */
static long build(const struct thread *self, struct arguments *a, const char *name, struct built *built)
{
    static struct auxiliary auxv[AUXILIARIES];
    const struct vfs_file *file = &program.file;
    struct process *process = self->process;
    bool random = exec_randomizes(process, file->mode);
    struct seed seed;
    struct stack stack;
    uint64_t down;
    long err = find_image(self->client, random);

    if (err)
        return err;
    built->space = frozen_thaw(kept, cgroup_pool(process->cgroup));
    if (!built->space)
        return -ENOMEM;
    random_bytes(&seed, random ? sizeof(seed) : sizeof(seed.program));
    down = random ? layout_vary(&built->space->layout, seed.layout) : 0;
    err = warm_begin(built->space, kept->version, name) ? -ENOMEM : 0;
    if (!err)
        err = stack_make(&stack, a, built->space, down, AUXILIARIES);
    if (!err)
        err = cred_exec(process, file->mode, file->uid, file->gid, &built->secure);
    if (err) {
        space_put(built->space);
        return err;
    }

    auxv_make(auxv, process, built);
    stack_fill(&stack, a, built->space, auxv, seed.program);
    built->sp = stack.sp;
    built->pc = kept->pc;
    built->handle = file->handle;
    return 0;
}

long exec_open(const struct thread *self, int dirfd, const char *path, int flags)
{
    return open_program(self->client, dirfd, path, flags);
}

long exec_build(const struct thread *self, const char *path, struct arguments *a, struct built *built)
{
    long err = follow_scripts(self->client, path, a);

    if (err)
        return err;
    if (!a->argc)
        err = arguments_prepend(a, "") ? 0 : -E2BIG; /* argv[0] is never null, as in Linux since 5.18 */
    if (!err)
        err = arguments_name(a, path);
    if (!err)
        err = build(self, a, a->bytes + a->start, built);
    if (err == -ENOMEM && frozen_drop_all()) {
        kept = NULL;
        err = build(self, a, a->bytes + a->start, built);
    }
    executable_close(&program);
    return err;
}

void exec_close(void)
{
    executable_close(&program);
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

    if (self == process->leader && self->client == process->pid)
        return;
    self->client = process->pid;
    if (self->tid != process->pid)
        pid_free(self->tid);
    self->tid = process->pid;
    numbers_put(self->numbers);
    self->numbers = numbers_get(process->numbers);
    process->leader = self;
    thread_set_words(self);
}

static void name_set(struct thread *self, const char *name)
{
    const char *slash = strrchr(name, '/');

    char comm[COMM_BYTES] = "";

    strncpy(comm, slash ? slash + 1 : name, COMM_BYTES - 1);
    thread_rename(self, comm);
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

    threads_end_others(process, self);
    vfs_exec(PROC_VFS, self->client, built->handle);
    become_leader(self);
    thread_begin(self, built);
    process->space = built->space;
    if (process->vfork_parent)
        vfork_done(process);
    space_put(old);
    signals_exec(process, self);
    posix_timers_end(&process->posix_timers);
    self->futex.robust = 0;
    self->clear_child_tid = 0;
    process->exit_signal = SIGCHLD;
    process->member.executed = true;
    process->keep_capabilities = false;
    if (built->secure) {
        process->death_signal = 0;
        process->attributes.personality &= ~ADDR_NO_RANDOMIZE;
    }
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
        err = exec_open(self, dirfd, path, flags);
    if (err)
        return err;
    err = arguments_begin(&a, exec_limit(self->process));
    if (!err)
        err = arguments_from(&a, self->process, w[1], w[2]);
    if (err) {
        exec_close();
        return err;
    }
    name = name_of(dirfd, path);
    err = exec_build(self, name, &a, &built);
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
