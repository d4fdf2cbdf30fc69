/* Attributes: access, mode, owner, times, size. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/memfd.h"
#include "servers/vfs/path.h"
#include "servers/vfs/regular.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/users.h"
#include <linux/falloc.h>

#define UTIME_NOW_  0x3fffffffL
#define UTIME_OMIT_ 0x3ffffffeL

/* What a call names, by path or by descriptor: a place, or for an anonymous pipe only its node. */
struct subject {
    struct walk w;
    struct node *node;
    bool readonly;
};

/* A descriptor's node. O_PATH files only where `path_too`. */
static long subject_fd(struct client *self, int fd, bool path_too, struct subject *s)
{
    struct file *file = file_get(self, (unsigned)fd);

    s->w.at.entry = s->w.dir.entry = NULL;
    if (!file || !file->node || (file->flags & O_PATH && !path_too))
        return -EBADF;
    s->node = file->node;
    s->readonly = file->place.entry && file->place.mount->flags & MOUNT_RDONLY;
    return 0;
}

/* A path's node; with AT_EMPTY_PATH and "" the descriptor's. subject_end afterwards. */
static long subject_path(struct client *self, struct call *call, int dirfd, uint64_t path, unsigned flags,
                         struct subject *s)
{
    const char *text;
    long len = path_fetch(self, call, path, 0, &text), err;

    if (len < 0)
        return len;
    if (!len && flags & AT_EMPTY_PATH && dirfd != AT_FDCWD)
        return subject_fd(self, dirfd, true, s);
    err = walk(self, dirfd, text,
               (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0), &s->w);
    if (err)
        return err;
    s->node = s->w.at.entry->node;
    s->readonly = s->w.at.mount->flags & MOUNT_RDONLY;
    return 0;
}

static void subject_end(struct subject *s)
{
    walk_end(&s->w);
}

/* ---- access ------------------------------------------------------------------------------------------------------ */

/* As the real ids (or, with AT_EACCESS, the effective ones). A process without the right to override keeps that. */
static long access_as(struct client *self, const struct subject *s, unsigned may, bool effective)
{
    struct vfs_cred kept = self->cred;
    long err;

    if (may & MAY_WRITE && s->readonly && !S_ISCHR(s->node->mode) && !S_ISFIFO(s->node->mode))
        return -EROFS;
    if (!effective) {
        self->cred.fsuid = kept.uid;
        self->cred.fsgid = kept.gid;
        self->cred.override = kept.override && !uid_out(self, kept.uid);
    }
    err = permit(self, s->node, may);
    self->cred = kept;
    return err;
}

static long do_access(struct client *self, struct call *call, unsigned flags)
{
    unsigned may = (unsigned)call->m.w[2];
    struct subject s;
    long err;

    if (may & ~7U || flags & ~(unsigned)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    err = subject_path(self, call, (int)call->m.w[0], call->m.w[1], flags, &s);
    if (err)
        return err;
    err = may ? access_as(self, &s, may, flags & AT_EACCESS) : 0;
    subject_end(&s);
    return err;
}

/* faccessat(2), the system call without flags: directory, path, mode. */
long sys_faccessat(struct client *self, struct call *call)
{
    return do_access(self, call, 0);
}

/* faccessat2(2): directory, path, mode, flags. */
long sys_faccessat2(struct client *self, struct call *call)
{
    return do_access(self, call, (unsigned)call->m.w[3]);
}

/* ---- mode and owner ---------------------------------------------------------------------------------------------- */

static bool in_groups(const struct client *self, uint32_t gid)
{
    for (uint32_t i = 0; i < self->cred.ngroups; i++)
        if (self->cred.groups[i] == gid)
            return true;
    return self->cred.fsgid == gid;
}

static long change_mode(struct client *self, const struct subject *s, uint32_t mode)
{
    struct node *node = s->node;

    if (s->readonly)
        return -EROFS;
    if (!owns(self, node))
        return -EPERM;
    if (S_ISLNK(node->mode))
        return -EOPNOTSUPP;
    if (!overrides(self, node) && !in_groups(self, node->gid))
        mode &= ~(uint32_t)S_ISGID;
    node->mode = (node->mode & S_IFMT) | (mode & 07777);
    node->ctime = now_ns();
    return 0;
}

/* fchmod(2): descriptor, mode. */
long sys_fchmod(struct client *self, struct call *call)
{
    struct subject s;
    long err = subject_fd(self, (int)call->m.w[0], false, &s);

    return err ? err : change_mode(self, &s, (uint32_t)call->m.w[1]);
}

static long change_mode_at(struct client *self, struct call *call, unsigned flags)
{
    struct subject s;
    long err = subject_path(self, call, (int)call->m.w[0], call->m.w[1], flags, &s);

    if (err)
        return err;
    err = change_mode(self, &s, (uint32_t)call->m.w[2]);
    subject_end(&s);
    return err;
}

/* fchmodat(2), the system call without flags: directory, path, mode. */
long sys_fchmodat(struct client *self, struct call *call)
{
    return change_mode_at(self, call, 0);
}

/* fchmodat2(2): directory, path, mode, flags. */
long sys_fchmodat2(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[3];

    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return change_mode_at(self, call, flags);
}

/* -1 keeps a value. Without rights the owner may only give the file to a group that it is in. */
static long change_owner(struct client *self, const struct subject *s, uint32_t new_uid, uint32_t new_gid)
{
    uint32_t uid = new_uid == -1U ? -1U : uid_in(self, new_uid), gid = new_gid == -1U ? -1U : gid_in(self, new_gid);
    struct node *node = s->node;

    if ((uid == -1U && new_uid != -1U) || (gid == -1U && new_gid != -1U))
        return -EINVAL;
    if (s->readonly)
        return -EROFS;
    if (!overrides(self, node)) {
        if (uid != -1U && (uid != node->uid || self->cred.fsuid != node->uid))
            return -EPERM;
        if (gid != -1U && gid != node->gid && (self->cred.fsuid != node->uid || !in_groups(self, gid)))
            return -EPERM;
    }
    node->uid = uid != -1U ? uid : node->uid;
    node->gid = gid != -1U ? gid : node->gid;
    if (!S_ISDIR(node->mode))
        node->mode &= ~(uint32_t)(S_ISUID | (node->mode & S_IXGRP ? S_ISGID : 0));
    node->ctime = now_ns();
    return 0;
}

/* fchown(2): descriptor, user, group. */
long sys_fchown(struct client *self, struct call *call)
{
    struct subject s;
    long err = subject_fd(self, (int)call->m.w[0], false, &s);

    return err ? err : change_owner(self, &s, (uint32_t)call->m.w[1], (uint32_t)call->m.w[2]);
}

/* fchownat(2): directory, path, user, group, flags. */
long sys_fchownat(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[4];
    struct subject s;
    long err;

    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    err = subject_path(self, call, (int)call->m.w[0], call->m.w[1], flags, &s);
    if (err)
        return err;
    err = change_owner(self, &s, (uint32_t)call->m.w[2], (uint32_t)call->m.w[3]);
    subject_end(&s);
    return err;
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

static bool time_valid(const struct timespec64 *t)
{
    return t->nsec == UTIME_NOW_ || t->nsec == UTIME_OMIT_ || (t->nsec >= 0 && t->nsec < NS_PER_SEC);
}

static int64_t time_choose(const struct timespec64 *t, int64_t old, int64_t now)
{
    return t->nsec == UTIME_OMIT_  ? old
           : t->nsec == UTIME_NOW_ ? now
                                   : t->sec * NS_PER_SEC + t->nsec;
}

/* "Now" for both needs only write permission, else ownership. */
static long change_times(struct client *self, const struct subject *s, const struct timespec64 t[2])
{
    struct node *node = s->node;
    bool both_now = t[0].nsec == UTIME_NOW_ && t[1].nsec == UTIME_NOW_;
    int64_t now = now_ns();

    if (t[0].nsec == UTIME_OMIT_ && t[1].nsec == UTIME_OMIT_)
        return 0;
    if (s->readonly)
        return -EROFS;
    if (!owns(self, node)) {
        if (!both_now)
            return -EPERM;
        if (permit(self, node, MAY_WRITE))
            return -EACCES;
    }
    node->atime = time_choose(&t[0], node->atime, now);
    node->mtime = time_choose(&t[1], node->mtime, now);
    node->ctime = now;
    return 0;
}

/* utimensat(2): directory, path or 0, times or 0, flags. */
long sys_utimensat(struct client *self, struct call *call)
{
    struct timespec64 t[2] = { { 0, UTIME_NOW_ }, { 0, UTIME_NOW_ } };
    unsigned flags = (unsigned)call->m.w[3];
    struct subject s;
    long err = call->m.w[2] ? copy_in(self, call, t, call->m.w[2], sizeof(t)) : 0;

    if (err)
        return err;
    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) || !time_valid(&t[0]) || !time_valid(&t[1]))
        return -EINVAL;
    if (!call->m.w[1])
        err = subject_fd(self, (int)call->m.w[0], false, &s);
    else
        err = subject_path(self, call, (int)call->m.w[0], call->m.w[1], flags, &s);
    if (err)
        return err;
    err = change_times(self, &s, t);
    subject_end(&s);
    return err;
}

/* ---- size -------------------------------------------------------------------------------------------------------- */

static long change_size(struct client *self, struct call *call, struct node *node, int64_t size)
{
    if (size < 0)
        return -EINVAL;
    if (S_ISDIR(node->mode))
        return -EISDIR;
    if (!S_ISREG(node->mode) || !node->ops->truncate)
        return -EINVAL;
    if ((uint64_t)size > self->fsize_limit)
        return client_signal(self, call, SIGXFSZ_, -EFBIG, PROC_TO_THREAD);
    return node->ops->truncate(node, (uint64_t)size);
}

/* truncate(2): path, size. */
long sys_truncate(struct client *self, struct call *call)
{
    int64_t size = (int64_t)call->m.w[1];
    struct subject s;
    long err = subject_path(self, call, AT_FDCWD, call->m.w[0], 0, &s);

    if (err)
        return err;
    if (size < 0)
        err = -EINVAL;
    else if (S_ISDIR(s.node->mode))
        err = -EISDIR;
    else if (s.readonly)
        err = -EROFS;
    else if (!(err = permit(self, s.node, MAY_WRITE)))
        err = s.node->executing ? -ETXTBSY : change_size(self, call, s.node, size);
    subject_end(&s);
    return err;
}

/* ftruncate(2): descriptor, size. */
long sys_ftruncate(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    if (!file || file->flags & O_PATH)
        return -EBADF;
    if (!file_writable(file) || !file->node || !S_ISREG(file->node->mode))
        return -EINVAL;
    return change_size(self, call, file->node, (int64_t)call->m.w[1]);
}

/* fallocate(2): descriptor, mode, offset, bytes. */
long sys_fallocate(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);
    unsigned mode = (unsigned)call->m.w[1];
    int64_t offset = (int64_t)call->m.w[2], len = (int64_t)call->m.w[3], end;
    bool keep = mode & FALLOC_FL_KEEP_SIZE;
    long err;

    if (!file || !file_writable(file))
        return -EBADF;
    if (offset < 0 || len <= 0)
        return -EINVAL;
    if (file->ops != &regular_ops)
        return file->node && S_ISFIFO(file->node->mode) ? -ESPIPE : -ENODEV;
    if (__builtin_add_overflow(offset, len, &end) || end > (int64_t)FILE_BIGGEST)
        return -EFBIG;
    if ((uint64_t)end > self->fsize_limit && !keep)
        return -EFBIG;
    if (file->node->seals && ((!keep && seals_size(file->node, (uint64_t)end > file->node->size ? (uint64_t)end
                                                                                               : file->node->size)) ||
                              (mode & FALLOC_FL_PUNCH_HOLE && seals_write(file->node, 0))))
        return -EPERM;
    if (mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)) {
        regular_punch(file->node, (uint64_t)offset, (uint64_t)len);
    } else if (mode & ~(unsigned)FALLOC_FL_KEEP_SIZE) {
        return -EOPNOTSUPP;
    } else {
        if ((err = regular_fill(file->node, (uint64_t)offset, (uint64_t)len)))
            return err;
        if (!keep && (uint64_t)end > file->node->size)
            file->node->size = (uint64_t)end;
    }
    node_changed(file->node);
    file->node->mtime = file->node->ctime = now_ns();
    return 0;
}
