/*
 * contain: runs a command in a container, made of nothing but the flags of one clone3(2) and what each of them asks
 * for. The same file runs on Linux and on Tine; docs/containers.md walks through it.
 *
 *   contain [-n] [-h HOSTNAME] [-m BYTES] [-p PROCESSES] ROOT COMMAND [ARGUMENT...]
 *
 * ROOT becomes the command's /, the command pid 1. Who is not root is root inside all the same: of a user namespace.
 * -m and -p limit memory and processes by a group of cgroup v2 below /sys/fs/cgroup; they need the right to make one.
 * -n leaves the command in the network it is started in. The exit status is the command's, 128 + N if signal N ended
 * it, 125 if there was no container to run it in. A signal that ends the runner ends the container.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS "/sys/fs/cgroup"

enum { FAILED = 125 };

struct container {
    const char *root, *hostname, *memory, *processes; /* the last two NULL: no limit */
    char **command;
    bool shares_network;
    char group[64];  /* its folder in the cgroup file system; empty: none */
    char inside[80]; /* the folder in that one that the command is in */
    int ready[2];    /* a pipe: the child waits at its end until it is known who it is */
};

#define check(call) ((call) == -1 ? err(FAILED, "%s", #call) : (void)0)

static void write_file(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CLOEXEC);

    if (fd == -1 || write(fd, text, strlen(text)) == -1)
        err(FAILED, "%s", name);
    close(fd);
}

/* ---- outside: the limits, the namespaces, the identity ----------------------------------------------------------- */

static void limit(const char *group, const char *file, const char *value)
{
    char name[sizeof((struct container *)0)->group + 16];

    snprintf(name, sizeof name, "%s/%s", group, file);
    write_file(name, value);
}

/*
 * A group with limits, and in it one for the command, which cannot leave it and sees no file above it, thus none with
 * a limit in it. Made in advance, so that the limits hold from the first instruction. The inner one's descriptor.
 */
static int make_group(struct container *c)
{
    int fd;

    write_file(GROUPS "/cgroup.subtree_control", "+memory +pids");
    snprintf(c->group, sizeof c->group, GROUPS "/contain-%d", getpid());
    snprintf(c->inside, sizeof c->inside, "%s/inside", c->group);
    check(mkdir(c->group, 0755));
    if (c->memory)
        limit(c->group, "memory.max", c->memory);
    if (c->processes)
        limit(c->group, "pids.max", c->processes);
    check(mkdir(c->inside, 0755));
    check(fd = open(c->inside, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd;
}

/* Both are empty: with pid 1 the whole namespace ended. */
static void remove_group(const struct container *c)
{
    if (*c->group && (rmdir(c->inside) || rmdir(c->group)))
        warn("%s", c->group);
}

/* One fork: each flag gives the child something of its own that children otherwise share with their parents. */
static pid_t clone_container(struct container *c)
{
    struct clone_args args = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC,
                               .exit_signal = SIGCHLD };

    if (!c->shares_network)
        args.flags |= CLONE_NEWNET;
    if (geteuid())
        args.flags |= CLONE_NEWUSER;
    if (c->memory || c->processes) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)make_group(c);
    }
    pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (child > 0 && args.cgroup)
        close((int)args.cgroup);
    if (child == -1)
        warn("clone3");
    return child;
}

/* In a user namespace nobody is anybody until it is written down who is who. That is done from outside. */
static void map_identity(pid_t child)
{
    char name[64], map[64];

    snprintf(name, sizeof name, "/proc/%d/setgroups", child);
    write_file(name, "deny"); /* or a user could drop a group that a file's mode forbids something to */
    snprintf(name, sizeof name, "/proc/%d/uid_map", child);
    snprintf(map, sizeof map, "0 %u 1\n", geteuid());
    write_file(name, map);
    snprintf(name, sizeof name, "/proc/%d/gid_map", child);
    snprintf(map, sizeof map, "0 %u 1\n", getegid());
    write_file(name, map);
}

/* ---- inside: the files, the network, the rights ------------------------------------------------------------------ */

/* A device of the old root seen at the same path of the new one. */
static void bind_device(const char *root, const char *device)
{
    char target[PATH_MAX];

    snprintf(target, sizeof target, "%s%s", root, device);
    int fd = open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    if (fd == -1)
        err(FAILED, "%s", target);
    close(fd);
    check(mount(device, target, NULL, MS_BIND, NULL));
}

static void mount_in(const char *root, const char *folder, const char *type, unsigned long flags, const char *options)
{
    char target[PATH_MAX];

    snprintf(target, sizeof target, "%s%s", root, folder);
    if (mkdir(target, 0755) && errno != EEXIST)
        err(FAILED, "%s", target);
    check(mount(type, target, type, flags, options));
}

/* Files of /proc that say how the whole machine works, and that belong to the root of the outside. */
static void lock_settings(void)
{
    static const char *const files[] = { "/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus" };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (mount(files[i], files[i], NULL, MS_BIND, NULL) == 0)
            check(
                mount(NULL, files[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
        else if (errno != ENOENT)
            err(FAILED, "%s", files[i]);
}

/* The old root goes away altogether: what is not mounted has no name that .. or a link could lead to. */
static void enter_root(const char *root)
{
    static const char *const devices[] = { "/dev/null",   "/dev/zero",    "/dev/full",
                                           "/dev/random", "/dev/urandom", "/dev/tty" };

    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)); /* nothing from here on is seen outside */
    check(mount(root, root, NULL, MS_BIND | MS_REC, NULL));   /* pivot_root wants a mount */
    check(mount(NULL, root, NULL, MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV, NULL));
    mount_in(root, "/dev", "tmpfs", MS_NOSUID, "mode=755,size=64k");
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        bind_device(root, devices[i]);
    mount_in(root, "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL); /* of this pid namespace */
    mount_in(root, "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=64m");
    check(chdir(root));
    check(syscall(SYS_pivot_root, ".", ".")); /* the old root lies over the new one now ... */
    check(umount2(".", MNT_DETACH));          /* ... and is lifted off */
    check(chdir("/"));
    lock_settings();
}

/* A new network has a loopback, and that is down. */
static void raise_loopback(void)
{
    struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* any socket can ask */

    if (fd == -1 || ioctl(fd, SIOCSIFFLAGS, &request))
        err(FAILED, "lo");
    close(fd);
}

/* Nothing executed from here on, set-user-ID or not, has a right that reaches out of the container. */
static void drop_rights(void)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        check(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
    check(syscall(SYS_capset, &header, none));
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    check(close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC)); /* an open folder is a way out, too */
}

static void run_inside(struct container *c)
{
    char byte;

    check(prctl(PR_SET_PDEATHSIG, SIGKILL)); /* no container without its runner */
    close(c->ready[1]);
    if (read(c->ready[0], &byte, 1) != 1) /* the end of the pipe: the outside gave up */
        exit(FAILED);
    check(unshare(CLONE_NEWCGROUP)); /* begins at the group one is in, so not by the clone */
    check(sethostname(c->hostname, strlen(c->hostname)));
    enter_root(c->root);
    if (!c->shares_network)
        raise_loopback();
    drop_rights();
    execvp(c->command[0], c->command);
    err(errno == ENOENT ? 127 : 126, "%s", c->command[0]);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

static pid_t init; /* the container's pid 1, as it is called outside */

static void stop(int)
{
    kill(init, SIGKILL); /* which takes all the others along */
}

/* Lets the child go on, now that it is somebody, and stays for its end. Returns its status as waitpid tells it. */
static int accompany(struct container *c)
{
    int status;

    if (geteuid())
        map_identity(init);
    signal(SIGTERM, stop);
    signal(SIGHUP, stop);
    signal(SIGINT, SIG_IGN); /* a key at the terminal is the command's business */
    signal(SIGQUIT, SIG_IGN);
    close(c->ready[0]);
    if (write(c->ready[1], "", 1) != 1)
        warn("the child is gone");
    while (waitpid(init, &status, 0) == -1)
        if (errno != EINTR)
            err(FAILED, "waitpid");
    return status;
}

static int run(struct container *c)
{
    int status;

    check(pipe2(c->ready, O_CLOEXEC));
    init = clone_container(c);
    if (init == 0)
        run_inside(c);
    status = init == -1 ? FAILED << 8 : accompany(c);
    remove_group(c);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    struct container c = { .hostname = "contained" };
    int option;

    while ((option = getopt(argc, argv, "+nh:m:p:")) != -1)
        switch (option) {
        case 'n':
            c.shares_network = true;
            break;
        case 'h':
            c.hostname = optarg;
            break;
        case 'm':
            c.memory = optarg;
            break;
        case 'p':
            c.processes = optarg;
            break;
        default:
            optind = argc;
        }
    if (argc - optind < 2) {
        fprintf(stderr, "usage: contain [-n] [-h HOSTNAME] [-m BYTES] [-p PROCESSES] ROOT COMMAND [ARGUMENT...]\n");
        return FAILED;
    }
    c.root = argv[optind];
    c.command = argv + optind + 1;
    return run(&c);
}
