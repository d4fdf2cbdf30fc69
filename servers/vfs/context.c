/* The file-system context of a client: working directory, root, umask. */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/path.h"
#include "servers/vfs/syscalls.h"

static long context_move(struct client *self, struct place *which, const struct place *to)
{
    struct node *node = to->entry->node;
    struct place old = *which;
    long err;

    if (!S_ISDIR(node->mode))
        return -ENOTDIR;
    if ((err = permit(self, node, MAY_EXEC)))
        return err;
    *which = *to;
    place_ref(which);
    place_put(&old);
    return 0;
}

/* chdir(2): path. */
long sys_chdir(struct client *self, struct call *call)
{
    struct walk w;
    long err = walk_client(self, call, AT_FDCWD, call->m.w[0], WALK_FOLLOW, 0, &w);

    if (err)
        return err;
    err = context_move(self, &self->fs->cwd, &w.at);
    walk_end(&w);
    return err;
}

/* fchdir(2): descriptor. */
long sys_fchdir(struct client *self, struct call *call)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    if (!file)
        return -EBADF;
    return file->place.entry ? context_move(self, &self->fs->cwd, &file->place) : -ENOTDIR;
}

/* chroot(2): path. */
long sys_chroot(struct client *self, struct call *call)
{
    struct walk w;
    long err = walk_client(self, call, AT_FDCWD, call->m.w[0], WALK_FOLLOW, 0, &w);

    if (err)
        return err;
    err = self->cred.override ? context_move(self, &self->fs->root, &w.at) : -EPERM;
    walk_end(&w);
    return err;
}

/* getcwd(2): buffer, size. */
long sys_getcwd(struct client *self, struct call *call)
{
    static char buffer[PATH_LONGEST];
    const struct place *cwd = &self->fs->cwd;
    char *path;
    size_t len;
    long err;

    if (cwd->entry->deleted)
        return -ENOENT;
    path = path_of(cwd, &self->fs->root, buffer, sizeof(buffer));
    if (!path)
        return -ENAMETOOLONG;
    len = strlen(path) + 1;
    if (len > call->m.w[1])
        return -ERANGE;
    err = copy_out(self, call, call->m.w[0], path, len);
    return err ? err : (long)len;
}

/* umask(2): mask. Gives the old one. */
long sys_umask(struct client *self, struct call *call)
{
    uint32_t old = self->fs->umask;

    self->fs->umask = (uint32_t)call->m.w[0] & 0777;
    return old;
}
