/* What files and file systems tell about themselves: stat, statx, statfs; and the calls that memory makes trivial. */
#include "servers/vfs/abi.h"
#include "servers/vfs/cache.h"
#include "servers/vfs/file.h"
#include "servers/vfs/path.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/users.h"
#include "servers/protocol/root.h"

/* Nanoseconds apart into seconds and the rest, for times before 1970 too. */
static void time_split(int64_t ns, int64_t *sec, uint32_t *nsec)
{
    int64_t rest = ns % NS_PER_SEC;

    *sec = ns / NS_PER_SEC - (rest < 0);
    *nsec = (uint32_t)(rest < 0 ? rest + NS_PER_SEC : rest);
}

static uint64_t blocks_of(const struct node *node)
{
    return S_ISREG(node->mode) && node->pages ? node->pages->count * (TINE_PAGE_SIZE / 512) : 0;
}

/* As Linux's new_encode_dev for major 0. */
static uint64_t device_of(const struct node *node)
{
    return node->fs->device;
}

static void stat_fill(const struct client *self, const struct node *node, struct stat *st)
{
    int64_t sec;
    uint32_t nsec;

    memset(st, 0, sizeof(*st));
    st->st_dev = device_of(node);
    st->st_ino = node->inode;
    st->st_mode = node->mode;
    st->st_nlink = node->nlink;
    st->st_uid = uid_out(self, node->uid);
    st->st_gid = gid_out(self, node->gid);
    st->st_rdev = node->rdev;
    st->st_size = (long)node->size;
    st->st_blksize = TINE_PAGE_SIZE;
    st->st_blocks = (long)blocks_of(node);
    time_split(node->atime, &sec, &nsec);
    st->st_atime = sec;
    st->st_atime_nsec = nsec;
    time_split(node->mtime, &sec, &nsec);
    st->st_mtime = sec;
    st->st_mtime_nsec = nsec;
    time_split(node->ctime, &sec, &nsec);
    st->st_ctime = sec;
    st->st_ctime_nsec = nsec;
}

static long stat_node(struct client *self, struct call *call, const struct node *node, uint64_t to)
{
    static struct stat st;

    stat_fill(self, node, &st);
    return answer_out(self, call, to, &st, sizeof(st));
}

/* fstat(2): descriptor, buffer. */
long sys_fstat(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    return file && file->node ? stat_node(self, call, file->node, call->m.w[1]) : -EBADF;
}

/* The node that directory, path and flags name: walked to (end the walk), or a descriptor's for AT_EMPTY_PATH and "". A
 * null path counts as empty, as in Linux since 6.11. */
static long find(struct client *self, struct call *call, unsigned flags, struct walk *w, struct node **node)
{
    const char *path = "";
    int dirfd = (int)call->m.w[0];
    long len = call->m.w[1] || !(flags & AT_EMPTY_PATH) ? path_fetch(self, call, call->m.w[1], 0, &path) : 0, err;
    struct file *file;

    if (len < 0)
        return len;
    w->at.entry = w->dir.entry = NULL;
    if (!len && flags & AT_EMPTY_PATH && dirfd != AT_FDCWD) {
        file = file_get(self, (unsigned)dirfd);
        if (!file || !file->node)
            return -EBADF;
        *node = file->node;
        return 0;
    }
    err = walk(self, dirfd, path,
               (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0), w);
    if (!err)
        *node = w->at.entry->node;
    return err;
}

/* newfstatat(2): directory, path, buffer, flags. */
long sys_newfstatat(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[3];
    struct node *node;
    struct walk w;
    long err;

    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
        return -EINVAL;
    err = find(self, call, flags, &w, &node);
    if (err)
        return err;
    err = stat_node(self, call, node, call->m.w[2]);
    walk_end(&w);
    return err;
}

static void statx_time(int64_t ns, struct statx_timestamp *t)
{
    int64_t sec;

    time_split(ns, &sec, &t->tv_nsec);
    t->tv_sec = sec;
}

static void statx_fill(const struct client *self, const struct node *node, struct statx *stx)
{
    memset(stx, 0, sizeof(*stx));
    stx->stx_mask = STATX_BASIC_STATS | STATX_BTIME;
    stx->stx_blksize = TINE_PAGE_SIZE;
    stx->stx_nlink = node->nlink;
    stx->stx_uid = uid_out(self, node->uid);
    stx->stx_gid = gid_out(self, node->gid);
    stx->stx_mode = (uint16_t)node->mode;
    stx->stx_ino = node->inode;
    stx->stx_size = node->size;
    stx->stx_blocks = blocks_of(node);
    statx_time(node->atime, &stx->stx_atime);
    statx_time(node->btime, &stx->stx_btime);
    statx_time(node->ctime, &stx->stx_ctime);
    statx_time(node->mtime, &stx->stx_mtime);
    stx->stx_rdev_major = (uint32_t)(node->rdev >> 8 & 0xfff);
    stx->stx_rdev_minor = (uint32_t)((node->rdev & 0xff) | (node->rdev >> 12 & 0xfff00));
    stx->stx_dev_minor = (uint32_t)device_of(node);
}

/* statx(2): directory, path, flags, mask, buffer. */
long sys_statx(struct client *self, struct call *call)
{
    unsigned flags = (unsigned)call->m.w[2];
    struct node *node;
    static struct statx stx;
    struct walk w;
    long err;

    if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE) ||
        call->m.w[3] & STATX__RESERVED)
        return -EINVAL;
    err = find(self, call, flags, &w, &node);
    if (err)
        return err;
    statx_fill(self, node, &stx);
    walk_end(&w);
    return answer_out(self, call, call->m.w[4], &stx, sizeof(stx));
}

/* ---- file systems ------------------------------------------------------------------------------------------------ */

/* Blocks: of the mount's limit, or of the pool that all file pages come from. */
static void statfs_fill(const struct filesystem *fs, struct statfs *st)
{
    struct tine_values pool = { 0 };

    memset(st, 0, sizeof(*st));
    st->f_type = fs->magic;
    st->f_bsize = st->f_frsize = TINE_PAGE_SIZE;
    st->f_namelen = NAME_LONGEST;
    st->f_fsid.val[0] = (int)fs->device;
    st->f_flags = 0x20; /* ST_VALID */
    if (fs->limit_pages) {
        st->f_blocks = (long)fs->limit_pages;
        st->f_bfree = st->f_bavail = (long)(fs->limit_pages - fs->used_pages);
    } else if (fs->used_pages || !strcmp(fs->type, "tmpfs") || !strcmp(fs->type, "rootfs")) {
        tine_pool_balance(ROOT_VFS_USERS, &pool);
        st->f_blocks = (long)(pool.a2 + fs->used_pages);
        st->f_bfree = st->f_bavail = (long)pool.a2;
    }
    st->f_files = (long)(fs->nodes + pool.a2);
    st->f_ffree = (long)pool.a2;
}

static long statfs_of(struct client *self, struct call *call, const struct filesystem *fs)
{
    static struct statfs st;

    statfs_fill(fs, &st);
    return answer_out(self, call, call->m.w[1], &st, sizeof(st));
}

/* statfs(2): path, buffer. */
long sys_statfs(struct client *self, struct call *call)
{
    struct walk w;
    long err = walk_client(self, call, AT_FDCWD, call->m.w[0], WALK_FOLLOW, 0, &w);

    if (err)
        return err;
    err = statfs_of(self, call, w.at.entry->node->fs);
    walk_end(&w);
    return err;
}

/* fstatfs(2): descriptor, buffer. */
long sys_fstatfs(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    return file && file->node ? statfs_of(self, call, file->node->fs) : -EBADF;
}

/* ---- everything is in memory: nothing to write back, nothing to advise ------------------------------------------- */

long sys_sync(struct client *self, struct call *call)
{
    (void)self;
    (void)call;
    return 0;
}

/* syncfs(2): descriptor. */
long sys_syncfs(struct client *self, struct call *call)
{
    return file_get(self, (unsigned)call->m.w[0]) ? 0 : -EBADF;
}

/* fsync(2): descriptor. What is no file of a file system cannot be synchronised. */
long sys_fsync(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    if (!file || file->flags & O_PATH)
        return -EBADF;
    return file->node && (S_ISREG(file->node->mode) || S_ISDIR(file->node->mode)) ? 0 : -EINVAL;
}

long sys_fdatasync(struct client *self, struct call *call)
{
    return sys_fsync(self, call);
}

/* fadvise64(2): descriptor, offset, bytes, advice. */
long sys_fadvise64(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    if (!file || file->flags & O_PATH)
        return -EBADF;
    if (file->node && S_ISFIFO(file->node->mode))
        return -ESPIPE;
    return call->m.w[3] <= 5 && (int64_t)call->m.w[2] >= 0 ? 0 : -EINVAL;
}
