/*
 * What proc asks of vfs: calls downwards, each answered at once from memory. They arrive with badge VFS_BADGE_PROC; the
 * calls of ordinary programs arrive at the same endpoint through their route, with the badge of the thread.
 *
 * vfs keeps one *client* per number that proc chose: descriptor table, file-system context (root, working directory,
 * umask) and what checks need (credentials, session, group). Only proc's messages below write it. A client's number is
 * also the name under which it appears in /proc (its process id); vfs gives it no other meaning.
 *
 * Badge of a thread: VFS_BADGE(client, thread). `thread` tells threads of one client apart, for vfs_cancel.
 * All stubs return 0, a negative errno of Linux, or a negative TINE_ERR_* - 1000 if the message itself failed.
 */
#ifndef PROTOCOL_VFS_H
#define PROTOCOL_VFS_H

#include "libc/kernel.h"
#include <stdbool.h>

#define VFS_BADGE_PROC 1UL
#define VFS_BADGE(client, thread) ((uint64_t)(client) << 32 | (uint32_t)(thread) << 1)
/* The number, as if of a client, of a thread of one whose tables are its own: servers/vfs/part.h. */
#define VFS_PART(thread)          (1U << 22 | (thread))
#define VFS_BADGE_CLIENT(badge)   ((uint32_t)((badge) >> 32))

/* Bits of the notification bound to vfs. */
enum vfs_event_bit { VFS_EVENT_TIMER = 1, VFS_EVENT_CONSOLE = 2 };

enum vfs_label {
    VFS_FORK = 1, VFS_EXEC, VFS_EXIT, VFS_CRED, VFS_SESSION, VFS_CANCEL, VFS_OPEN_EXEC, VFS_MAP, VFS_RELEASE,
    VFS_POPULATE, VFS_ADVANCE, VFS_EVENT, VFS_WAIVE_TTY, VFS_LIMIT, VFS_ZOMBIE, VFS_PAGES, VFS_PATH, VFS_PASS,
    VFS_PIDFD_OPEN, VFS_PIDFD_NUMBER, VFS_SIGNALFD, VFS_PENDING, VFS_UNSHARE, VFS_NAMESPACES, VFS_NS_OPEN,
    VFS_NS_NUMBER, VFS_NS_DROP, VFS_NUMBERS, VFS_ID_MAP, VFS_CLOSE,
    VFS_CGROUP_PARENT, VFS_CGROUP_POPULATED, VFS_CGROUP_CONTROL, VFS_CGROUP_OWNER, VFS_CGROUP_NUMBER, VFS_CGROUP_PATH,
    VFS_CGROUP_SPACE, VFS_THREADS, VFS_TTY, VFS_MOUNT_SPACE, VFS_NET_SPACE,
    /*
     * A client that proc forwards back (PROC_LABEL_PPOLL): w as ppoll or pselect6, whose number is in w[5]. A forwarded
     * message bears the badge of the capability forwarded through or, if that has none, the caller's own word for the
     * route slot that leads to the same endpoint: here, the client's vfs badge.
     */
    VFS_LABEL_MASKED = 2048,
    /* The same after PROC_LABEL_THREADS: w as the client's own call, whose number is in bits 0-15 of w[5]. */
    VFS_LABEL_THREADS,
};

/* VFS_NO_FILES: an empty descriptor table, and no program behind /proc/PID/exe. */
enum vfs_fork_flag { VFS_SHARE_FILES = 1, VFS_SHARE_FS = 2, VFS_SHARE_ALL = 3, VFS_NO_FILES = 4 };

static inline long vfs_call(cap_t vfs, struct tine_message *m)
{
    err_t err = tine_call(vfs, m);

    return err ? err - 1000 : (long)m->w[0];
}

/* Makes client `child`: tables copied from `parent`, or shared as flags say. parent 0: the first client, with the
 * console open as 0, 1, 2. child VFS_PART: a thread of `parent`, of which only the tables are its own; it ends with
 * vfs_exit or with its client. EAGAIN, ENOMEM. */
static inline long vfs_fork(cap_t vfs, uint32_t parent, uint32_t child, unsigned flags)
{
    struct tine_message m = { .label = VFS_FORK, .w = { parent, child, flags } };

    return vfs_call(vfs, &m);
}

/* The client executes a new program: closes close-on-exec descriptors, unshares a shared table, and /proc/self/exe is
 * now the file behind `handle` (of vfs_open_exec; kept by vfs until the next exec or exit). comm is not vfs's. VFS_PART: its
 * client has the thread's tables from now on. */
static inline long vfs_exec(cap_t vfs, uint32_t client, uint64_t handle)
{
    struct tine_message m = { .label = VFS_EXEC, .w = { client, handle } };

    return vfs_call(vfs, &m);
}

/* The client is gone: everything it had is closed. */
static inline long vfs_exit(cap_t vfs, uint32_t client)
{
    struct tine_message m = { .label = VFS_EXIT, .w = { client } };

    return vfs_call(vfs, &m);
}

/* As vfs_exit, but the number goes on to show in /proc until vfs_exit: a process that nobody has waited for yet. Also for
 * a number that has no client any more. ENOMEM. */
static inline long vfs_zombie(cap_t vfs, uint32_t client)
{
    struct tine_message m = { .label = VFS_ZOMBIE, .w = { client } };

    return vfs_call(vfs, &m);
}

/* Client `to` has what fd of client `from` refers to, too: at descriptor `at` in place of what is there, or at its lowest
 * free one if that is -1. The descriptor. EBADF (no such descriptor, or `at` beyond the limit), EMFILE, ENOMEM. */
static inline long vfs_pass(cap_t vfs, uint32_t from, int fd, uint32_t to, int at)
{
    struct tine_message m = { .label = VFS_PASS,
                              .w = { from, (unsigned long)(long)fd, to, (unsigned long)(long)at } };

    return vfs_call(vfs, &m);
}

/* What a capability allows beyond the files of its user namespace. */
enum vfs_right {
    VFS_MAY_ALL = 1,   /* as `override`, over what is the whole system's: devices, limits */
    VFS_MAY_MOUNT = 2, /* CAP_SYS_ADMIN in the user namespace that owns the mount namespace */
    VFS_MAY_NET = 4,   /* CAP_NET_ADMIN in the one that owns the network namespace */
};

/* Ids are those of the first user namespace. */
struct vfs_cred {
    uint32_t uid, euid, fsuid, gid, egid, fsgid;
    uint32_t override; /* nonzero: CAP_DAC_OVERRIDE and its like, over files whose ids its user namespace maps */
    uint32_t rights;   /* enum vfs_right */
    uint32_t ngroups;
    uint32_t groups[32];
};

/* What permission checks shall use from now on. vfs reads *cred from proc. */
static inline long vfs_cred(cap_t vfs, uint32_t client, const struct vfs_cred *cred)
{
    struct tine_message m = { .label = VFS_CRED, .w = { client, (unsigned long)cred } };

    return vfs_call(vfs, &m);
}

/* Session and process group of the client: which terminal is /dev/tty, and who is in the background. `leader` nonzero
 * if it leads the session (may acquire a terminal). A new session (sid changed) has no terminal. */
static inline long vfs_session(cap_t vfs, uint32_t client, uint32_t sid, uint32_t pgrp, unsigned leader)
{
    struct tine_message m = { .label = VFS_SESSION, .w = { client, sid, pgrp, leader } };

    return vfs_call(vfs, &m);
}

/* Ends the wait, if any, of the thread with this badge: it is answered EINTR, or with what it has so far. Answers 1 if
 * it was waiting, else 0. `code` is what a wait with nothing to show is answered: -EINTR, or PROC_RESULT_RESTART to
 * let the ecall run again. */
static inline long vfs_cancel(cap_t vfs, uint64_t badge, long code)
{
    struct tine_message m = { .label = VFS_CANCEL, .w = { badge, (unsigned long)code } };

    return vfs_call(vfs, &m);
}

/* A file as proc needs it, to map or to execute. */
struct vfs_file {
    uint64_t handle;  /* names the file; nobody's until vfs_pages counts it */
    uint64_t version; /* of the contents: no other contents, of any file, have ever had or will have it */
    uint64_t inode, size;
    uint32_t device, uid, gid;
    uint16_t mode;
    bool writable; /* of VFS_MAP: mappings may write to the file */
};

/* The words of an answer that describes a file. */
#define VFS_FILE_WRITABLE (1UL << 16)

static inline void vfs_file_pack(const struct vfs_file *file, unsigned long w[6])
{
    w[0] = file->handle;
    w[1] = file->version;
    w[2] = file->inode;
    w[3] = file->size;
    w[4] = (uint64_t)file->device << 32 | file->mode | (file->writable ? VFS_FILE_WRITABLE : 0);
    w[5] = (uint64_t)file->gid << 32 | file->uid;
}

/* 0, or the negative errno that came instead. */
static inline long vfs_file_unpack(struct vfs_file *file, const unsigned long w[6])
{
    if ((long)w[0] < 0)
        return (long)w[0];
    *file = (struct vfs_file){ .handle = w[0],
                               .version = w[1],
                               .inode = w[2],
                               .size = w[3],
                               .device = (uint32_t)(w[4] >> 32),
                               .mode = (uint16_t)w[4],
                               .writable = w[4] & VFS_FILE_WRITABLE,
                               .uid = (uint32_t)w[5],
                               .gid = (uint32_t)(w[5] >> 32) };
    return 0;
}

static inline long vfs_call_file(cap_t vfs, struct tine_message *m, struct vfs_file *file)
{
    err_t err = tine_call(vfs, m);

    return err ? err - 1000 : vfs_file_unpack(file, m->w);
}

/* A path that fits travels in the words. */
#define VFS_PATH_BYTES (4 * sizeof(unsigned long))
#define VFS_PATH_HERE  (1UL << 32) /* in the word of flags */

/*
 * Opens a program for client: path (zero-terminated, in proc) relative to dirfd, search and execute permission checked.
 * flags: AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. The handle is counted by vfs_pages; one that proc has not counted already and
 * has no use for is given back by vfs_release. From now on, when the contents change or the name goes, that is an event
 * (vfs_event). ENOENT, EACCES, ENOTDIR, ELOOP, ENAMETOOLONG, ETXTBSY.
 */
static inline long vfs_open_exec(cap_t vfs, uint32_t client, int dirfd, const char *path, int flags,
                                 struct vfs_file *file)
{
    struct tine_message m = { .label = VFS_OPEN_EXEC,
                              .w = { (uint64_t)(uint32_t)dirfd << 32 | client, (uint32_t)flags, (uint64_t)path } };
    size_t bytes = __builtin_strlen(path) + 1;

    if (bytes <= VFS_PATH_BYTES) {
        m.w[1] |= VFS_PATH_HERE;
        __builtin_memcpy(&m.w[2], path, bytes);
    }
    return vfs_call_file(vfs, &m, file);
}

/* The file behind descriptor fd of client, to be mapped with Linux's prot and flags (checked against how it was opened:
 * EACCES, EBADF, ENODEV). The handle as above; /dev/zero: 0, anonymous memory. */
static inline long vfs_map(cap_t vfs, uint32_t client, int fd, unsigned prot, unsigned flags, struct vfs_file *file)
{
    struct tine_message m = { .label = VFS_MAP, .w = { client, (unsigned long)fd, prot, flags } };

    return vfs_call_file(vfs, &m, file);
}

/* Counts the handle, and puts a capability to the space that holds the file's pages (page n at n * 4096) into `slot`: READ,
 * or READ and WRITE, which only a file that vfs_map called writable may get. If it fails nothing was counted. ENOMEM. */
static inline long vfs_pages(cap_t vfs, uint64_t handle, bool writable, cap_t slot)
{
    struct tine_message m = { .label = VFS_PAGES, .w = { handle, writable } };
    cap_t none = 0;
    err_t err = tine_call_cap(vfs, &m, &none, slot);

    return err ? err - 1000 : (long)m.w[0];
}

/* Writes the path of the file as client sees it, with its zero and cut to `bytes`, to proc's own `to`. */
static inline long vfs_path(cap_t vfs, uint32_t client, uint64_t handle, char *to, size_t bytes)
{
    struct tine_message m = { .label = VFS_PATH, .w = { client, handle, (unsigned long)to, bytes } };

    return vfs_call(vfs, &m);
}

/* Gives one count back, or a handle that was never counted. */
static inline long vfs_release(cap_t vfs, uint64_t handle)
{
    struct tine_message m = { .label = VFS_RELEASE, .w = { handle } };

    return vfs_call(vfs, &m);
}

/* Makes npages pages of the file present from page `first` on, as far as the file reaches; holes become zero pages.
 * Answers the number of pages present from `first`; 0 beyond the end. ENOMEM. */
static inline long vfs_populate(cap_t vfs, uint64_t handle, uint64_t first, uint64_t npages)
{
    struct tine_message m = { .label = VFS_POPULATE, .w = { handle, first, npages } };

    return vfs_call(vfs, &m);
}

/* Moves the offset of descriptor fd on by n bytes (after PROC_LABEL_INFO). */
static inline long vfs_advance(cap_t vfs, uint32_t client, int fd, uint64_t n)
{
    struct tine_message m = { .label = VFS_ADVANCE, .w = { client, (unsigned long)fd, n } };

    return vfs_call(vfs, &m);
}

enum vfs_event_kind {
    VFS_NO_EVENT,
    VFS_SIGNAL_GROUP,   /* signal *sig to process group *number */
    VFS_SIGNAL_SESSION, /* signal *sig to the leader of session *number */
    VFS_FILE_STALE,     /* the program behind handle *number has other contents, or lost its name */
    VFS_CGROUP_REMOVED, /* the directory of group *number has been removed */
    VFS_NS_RELEASED,    /* nothing in vfs holds namespace *number any more, of which vfs_ns_drop said that something did */
};

/* Fetches one event: an enum vfs_event_kind. */
static inline long vfs_event(cap_t vfs, int *sig, uint32_t *number)
{
    struct tine_message m = { .label = VFS_EVENT };
    long kind = vfs_call(vfs, &m);

    *sig = (int)m.w[1];
    *number = (uint32_t)m.w[2];
    return kind;
}

/* The thread's next access to its terminal is not checked for being in the background (SIGTTOU ignored or blocked). */
static inline long vfs_waive_tty(cap_t vfs, uint64_t badge)
{
    struct tine_message m = { .label = VFS_WAIVE_TTY, .w = { badge } };

    return vfs_call(vfs, &m);
}

/* A descriptor of client for the process `target` (pidfd), close-on-exec; flags: O_NONBLOCK. It becomes readable when the
 * target has ended. The descriptor, -ESRCH, -EMFILE, -ENOMEM. */
static inline long vfs_pidfd_open(cap_t vfs, uint32_t client, uint32_t target, unsigned flags)
{
    struct tine_message m = { .label = VFS_PIDFD_OPEN, .w = { client, target, flags } };

    return vfs_call(vfs, &m);
}

/* The client closes its descriptor. EBADF. */
static inline long vfs_close(cap_t vfs, uint32_t client, int fd)
{
    struct tine_message m = { .label = VFS_CLOSE, .w = { client, (unsigned long)(long)fd } };

    return vfs_call(vfs, &m);
}

/* The process behind a pidfd of client, or (directory) behind a descriptor of its /proc/N: its number, for as long as
 * nobody else can have that; -EBADF, -ESRCH. */
static inline long vfs_pidfd_number(cap_t vfs, uint32_t client, int fd, bool directory)
{
    struct tine_message m = { .label = VFS_PIDFD_NUMBER, .w = { client, (unsigned long)fd, directory } };

    return vfs_call(vfs, &m);
}

/* signalfd(2): a descriptor of client for these signals, or (fd not -1) a new mask for one; flags: O_CLOEXEC,
 * O_NONBLOCK. Reads of it go to proc (PROC_LABEL_SIGNALFD). The descriptor, -EBADF, -EINVAL, -EMFILE, -ENOMEM. */
static inline long vfs_signalfd(cap_t vfs, uint32_t client, int fd, uint64_t mask, unsigned flags)
{
    struct tine_message m = { .label = VFS_SIGNALFD, .w = { client, (unsigned long)fd, mask, flags } };

    return vfs_call(vfs, &m);
}

/* Which signals are pending for the client now: for polls of its signalfds. Only told of clients that may have one. */
static inline long vfs_pending(cap_t vfs, uint32_t client, uint64_t set)
{
    struct tine_message m = { .label = VFS_PENDING, .w = { client, set } };

    return vfs_call(vfs, &m);
}

/* The client no longer shares its descriptor table, its root, working directory and umask: which, as VFS_SHARE_* say. It
 * has copies. Nothing changes for what it shares with nobody, or upon -ENOMEM. */
static inline long vfs_unshare(cap_t vfs, uint32_t client, unsigned which)
{
    struct tine_message m = { .label = VFS_UNSHARE, .w = { client, which } };

    return vfs_call(vfs, &m);
}

/* ---- namespaces: proc's objects, servers/proc/namespace.h ------------------------------------------------------------
 *
 * vfs knows them by the numbers that proc gives them, which are their inode numbers in nsfs: a client's are what its
 * /proc/PID/ns shows. An open descriptor, or a mount, of such a file holds the namespace, which proc asks when nobody else
 * does any more. */

/* What /proc/PID/ns shows, one number each: the namespaces a process is in, and those of its children to come. */
enum ns_link {
    NS_MNT, NS_UTS, NS_IPC, NS_USER, NS_PID, NS_NET, NS_CGROUP, NS_TIME,
    NS_KINDS,
    NS_PID_CHILDREN = NS_KINDS, NS_TIME_CHILDREN,
    NS_LINKS
};

#define VFS_LEVELS 32 /* how deep pid namespaces nest */

/* The client is in these namespaces from now on; children it is given by vfs_fork are, too. */
static inline long vfs_namespaces(cap_t vfs, uint32_t client, const uint32_t numbers[NS_LINKS])
{
    struct tine_message m = { .label = VFS_NAMESPACES, .w = { client } };

    __builtin_memcpy(&m.w[1], numbers, NS_LINKS * sizeof(numbers[0]));
    return vfs_call(vfs, &m);
}

/* The number of the first mount namespace. */
#define VFS_MNT_FIRST 0xeffffff8U

/* There is a mount namespace of that number, until vfs_ns_drop: a copy of the one with the number `from`. It belongs
 * to the user namespace with the number `owner`. The first client that enters it (vfs_namespaces) keeps its root and working directory,
 * others get the namespace's root. -ENOMEM, -ESRCH. */
static inline long vfs_mount_space(cap_t vfs, uint32_t number, uint32_t from, uint32_t owner)
{
    struct tine_message m = { .label = VFS_MOUNT_SPACE, .w = { number, from, owner } };

    return vfs_call(vfs, &m);
}

/* The number of the first network namespace. */
#define VFS_NET_FIRST 0xeffffff9U

/* There is a network namespace of that number, until vfs_ns_drop and as long as it has sockets; its interface is down.
 * -ENOMEM. */
static inline long vfs_net_space(cap_t vfs, uint32_t number)
{
    struct tine_message m = { .label = VFS_NET_SPACE, .w = { number } };

    return vfs_call(vfs, &m);
}

/* The number of the first user namespace, whose ids need no translation. */
#define VFS_USER_FIRST 0xeffffffdU

/* Ids from `from` on, in a user namespace, are those from `to` on in the first. */
struct vfs_id_extent {
    uint32_t from, to, count;
};

#define VFS_ID_EXTENTS 340

/* The map of users, or groups, of the user namespace with that number, from now until vfs_ns_drop. vfs reads it from proc.
 * Before it is told (with count 0 is enough) no client is in the namespace. -ENOMEM. */
static inline long vfs_id_map(cap_t vfs, uint32_t number, bool gid, const struct vfs_id_extent *extents, unsigned count)
{
    struct tine_message m = { .label = VFS_ID_MAP, .w = { number, gid, (unsigned long)extents, count } };

    return vfs_call(vfs, &m);
}

/* What a process is called in one pid namespace, which `space` is the number of. */
struct vfs_number {
    uint32_t space, number;
};

/* The client is called so in pid namespaces other than the first, `levels` of them, the outermost first. vfs reads them
 * from proc. -ENOMEM. */
static inline long vfs_numbers(cap_t vfs, uint32_t client, const struct vfs_number *numbers, unsigned levels)
{
    struct tine_message m = { .label = VFS_NUMBERS, .w = { client, (unsigned long)numbers, levels } };

    return vfs_call(vfs, &m);
}

/* The controlling terminal of the client: its device number << 32 | its foreground group; 0: none. */
static inline long vfs_tty(cap_t vfs, uint32_t client)
{
    struct tine_message m = { .label = VFS_TTY, .w = { client } };

    return vfs_call(vfs, &m);
}

/* The client's threads, a row for each: its number in the first pid namespace, and in each level down to the client's. vfs
 * reads them from proc. -ENOMEM. */
static inline long vfs_threads(cap_t vfs, uint32_t client, const uint32_t *rows, uint32_t count)
{
    struct tine_message m = { .label = VFS_THREADS, .w = { client, (unsigned long)rows, count } };

    return vfs_call(vfs, &m);
}

/* A close-on-exec descriptor of client for the namespace of that kind and number. -EMFILE, -ENOMEM. */
static inline long vfs_ns_open(cap_t vfs, uint32_t client, enum ns_link kind, uint32_t number)
{
    struct tine_message m = { .label = VFS_NS_OPEN, .w = { client, kind, number } };

    return vfs_call(vfs, &m);
}

/* The number of the namespace behind a descriptor of client; -EBADF, -EINVAL (something else). */
static inline long vfs_ns_number(cap_t vfs, uint32_t client, int fd)
{
    struct tine_message m = { .label = VFS_NS_NUMBER, .w = { client, (unsigned long)fd } };

    return vfs_call(vfs, &m);
}

/* Nobody in proc needs the namespace any more. 0, or 1: something in vfs still holds it; when that has gone, there will be
 * one event VFS_NS_RELEASED. */
static inline long vfs_ns_drop(cap_t vfs, uint32_t number)
{
    struct tine_message m = { .label = VFS_NS_DROP, .w = { number } };

    return vfs_call(vfs, &m);
}

/* ---- control groups: servers/proc/cgroup.h, servers/vfs/cgroupfs.h ------------------------------------------------- */

#define VFS_CGROUP_ROOT 1U /* the root's number */

enum vfs_controller { VFS_CONTROL_CPU = 1, VFS_CONTROL_MEMORY = 2, VFS_CONTROL_PIDS = 4, VFS_CONTROL_ALL = 7 };

/* The number of the group above; of the root its own. -ENOENT. */
static inline long vfs_cgroup_parent(cap_t vfs, uint32_t id)
{
    struct tine_message m = { .label = VFS_CGROUP_PARENT, .w = { id } };

    return vfs_call(vfs, &m);
}

/* The directory may not, or may again, be removed: processes are in the group. */
static inline long vfs_cgroup_populated(cap_t vfs, uint32_t id, bool populated)
{
    struct tine_message m = { .label = VFS_CGROUP_POPULATED, .w = { id, populated } };

    return vfs_call(vfs, &m);
}

/* Directories below have these controllers' files: enum vfs_controller. */
static inline long vfs_cgroup_control(cap_t vfs, uint32_t id, unsigned control)
{
    struct tine_message m = { .label = VFS_CGROUP_CONTROL, .w = { id, control } };

    return vfs_call(vfs, &m);
}

/* The user whose the directory is. -ENOENT. */
static inline long vfs_cgroup_owner(cap_t vfs, uint32_t id)
{
    struct tine_message m = { .label = VFS_CGROUP_OWNER, .w = { id } };

    return vfs_call(vfs, &m);
}

/* The group whose directory descriptor fd of client is; -EBADF. */
static inline long vfs_cgroup_number(cap_t vfs, uint32_t client, int fd)
{
    struct tine_message m = { .label = VFS_CGROUP_NUMBER, .w = { client, (unsigned long)fd } };

    return vfs_call(vfs, &m);
}

/* Writes the path of the group, seen from group `root`, with its zero to proc's own `to`. -ENOENT, -ENAMETOOLONG. */
static inline long vfs_cgroup_path(cap_t vfs, uint32_t id, uint32_t root, char *to, size_t bytes)
{
    struct tine_message m = { .label = VFS_CGROUP_PATH, .w = { id, root, (unsigned long)to, bytes } };

    return vfs_call(vfs, &m);
}

/* The cgroup namespace of that number begins at that group, until vfs_ns_drop. -ENOMEM. */
static inline long vfs_cgroup_space(cap_t vfs, uint32_t number, uint32_t id)
{
    struct tine_message m = { .label = VFS_CGROUP_SPACE, .w = { number, id } };

    return vfs_call(vfs, &m);
}

/* Most descriptors of the client: RLIMIT_NOFILE; and the largest file: RLIMIT_FSIZE. */
static inline long vfs_limit(cap_t vfs, uint32_t client, uint64_t nofile, uint64_t fsize)
{
    struct tine_message m = { .label = VFS_LIMIT, .w = { client, nofile, fsize } };

    return vfs_call(vfs, &m);
}

#endif
