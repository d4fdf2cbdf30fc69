/*
 * Extended attributes: no file system has any. Lists are empty, and everything else is refused as xattr(7) says of such
 * a file system, once the file is found.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/path.h"
#include "servers/vfs/syscalls.h"

static long by_path(struct client *self, struct call *call, unsigned flags, long answer)
{
    struct walk w;
    long err = walk_client(self, call, AT_FDCWD, call->m.w[0], flags, 0, &w);

    if (err)
        return err;
    walk_end(&w);
    return answer;
}

static long by_fd(struct client *self, struct call *call, long answer)
{
    struct file *file = file_get(self, (unsigned)call->m.w[0]);

    return !file || file->flags & O_PATH ? -EBADF : answer;
}

/* listxattr(2): path, list, bytes. */
long sys_listxattr(struct client *self, struct call *call)
{
    return by_path(self, call, WALK_FOLLOW, 0);
}

long sys_llistxattr(struct client *self, struct call *call)
{
    return by_path(self, call, 0, 0);
}

long sys_flistxattr(struct client *self, struct call *call)
{
    return by_fd(self, call, 0);
}

/* getxattr(2): path, name, value, bytes. */
long sys_getxattr(struct client *self, struct call *call)
{
    return by_path(self, call, WALK_FOLLOW, -EOPNOTSUPP);
}

long sys_lgetxattr(struct client *self, struct call *call)
{
    return by_path(self, call, 0, -EOPNOTSUPP);
}

long sys_fgetxattr(struct client *self, struct call *call)
{
    return by_fd(self, call, -EOPNOTSUPP);
}

/* setxattr(2): path, name, value, bytes, flags. */
long sys_setxattr(struct client *self, struct call *call)
{
    return by_path(self, call, WALK_FOLLOW, -EOPNOTSUPP);
}

long sys_lsetxattr(struct client *self, struct call *call)
{
    return by_path(self, call, 0, -EOPNOTSUPP);
}

long sys_fsetxattr(struct client *self, struct call *call)
{
    return by_fd(self, call, -EOPNOTSUPP);
}

/* removexattr(2): path, name. */
long sys_removexattr(struct client *self, struct call *call)
{
    return by_path(self, call, WALK_FOLLOW, -EOPNOTSUPP);
}

long sys_lremovexattr(struct client *self, struct call *call)
{
    return by_path(self, call, 0, -EOPNOTSUPP);
}

long sys_fremovexattr(struct client *self, struct call *call)
{
    return by_fd(self, call, -EOPNOTSUPP);
}
