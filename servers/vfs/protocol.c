/* proc's messages (servers/protocol/vfs.h): unpacked here, done elsewhere. */
#include "servers/protocol/vfs.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/cache.h"
#include "servers/vfs/cgroupfs.h"
#include "servers/vfs/file.h"
#include "servers/vfs/handle.h"
#include "servers/vfs/identity.h"
#include "servers/vfs/memfd.h"
#include "servers/vfs/net_namespace.h"
#include "servers/vfs/nsfs.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/part.h"
#include "servers/vfs/path.h"
#include "servers/vfs/regular.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/threads.h"
#include "servers/vfs/tty.h"
#include "servers/vfs/users.h"
#include <linux/mman.h>

/* From and to proc's own memory, which is always there. */
static long fetch(struct call *call, void *to, uint64_t from, size_t len)
{
    return copy_in(&client_boot, call, to, from, len);
}

static long store(struct call *call, uint64_t to, const void *from, size_t len)
{
    return copy_out(&client_boot, call, to, from, len);
}

/* ---- clients ----------------------------------------------------------------------------------------------------- */

static long do_fork(struct client *client, struct call *call)
{
    uint32_t number = (uint32_t)call->m.w[1];
    unsigned flags = (unsigned)call->m.w[2];

    return number < CLIENT_LAST ? client_fork(client, number, flags) : part_new(client, number, flags);
}

/* A table shared with others is left to them: the program starts with its own. */
static long unshare_files(struct client *client)
{
    struct files *own;

    if (client->files->refs == 1)
        return 0;
    own = files_copy(client->files);
    if (!own)
        return -ENOMEM;
    files_put(client->files, client);
    client->files = own;
    return 0;
}

static long do_exec(struct client *client, struct call *call)
{
    uint64_t handle = call->m.w[1], old = client->exe;
    long err;

    if (handle && !handle_find(handle))
        return -EBADF;
    if ((err = unshare_files(client)))
        return err;
    files_close_on_exec(client);
    if (handle)
        exe_ref(handle);
    client->exe = handle;
    if (old)
        exe_put(old);
    return 0;
}

static long do_unshare(struct client *client, unsigned which)
{
    struct fs_context *fs = NULL;

    if (which & VFS_SHARE_FS && client->fs->refs > 1 && !(fs = fs_context_copy(client->fs)))
        return -ENOMEM;
    if (which & VFS_SHARE_FILES && unshare_files(client)) {
        if (fs)
            fs_context_put(fs);
        return -ENOMEM;
    }
    if (fs) {
        fs_context_put(client->fs);
        client->fs = fs;
    }
    return 0;
}

static long do_namespaces(struct client *client, const struct call *call)
{
    uint32_t mounts = client->namespaces[NS_MNT];

    memcpy(client->namespaces, &call->m.w[1], sizeof(client->namespaces));
    if (client->namespaces[NS_MNT] != mounts)
        mount_space_enter(client, client->namespaces[NS_MNT]);
    client->users = users_find(client->namespaces[NS_USER]);
    return 0;
}

static long do_id_map(struct call *call)
{
    static struct vfs_id_extent extents[VFS_ID_EXTENTS];
    unsigned count = (unsigned)call->m.w[3];
    long err = count <= VFS_ID_EXTENTS ? fetch(call, extents, call->m.w[2], count * sizeof(extents[0])) : -EINVAL;

    return err ? err : users_set((uint32_t)call->m.w[0], call->m.w[1], extents, count);
}

static long do_ns_drop(uint32_t number)
{
    long held = nsfs_drop(number);

    if (held)
        return held;
    users_drop(number);
    cgroupfs_space_drop(number);
    mount_space_drop(number);
    net_space_drop(number);
    return 0;
}

static long do_numbers(struct client *client, struct call *call)
{
    struct vfs_number numbers[VFS_LEVELS];
    unsigned levels = (unsigned)call->m.w[2];
    long err = levels && levels <= VFS_LEVELS ? 0 : -EINVAL;

    if (!err)
        err = fetch(call, numbers, call->m.w[1], levels * sizeof(numbers[0]));
    return err ? err : numbers_set(client, numbers, levels);
}

static long do_ns_number(struct client *client, unsigned long fd)
{
    const struct file *file = file_get(client, fd);

    return file ? nsfs_number(file) : -EBADF;
}

static long do_pass(struct client *client, struct call *call)
{
    struct file *file = file_get(client, call->m.w[1]);
    struct client *to = client_find((uint32_t)call->m.w[2]);
    int at = (int)call->m.w[3];

    if (!to || to->zombie)
        return -ESRCH;
    if (!file || at < -1 || (at >= 0 && (uint64_t)at >= to->nofile))
        return -EBADF;
    file_ref(file);
    return at < 0 ? file_install(to, file, 0, false) : file_install_at(to, file, (unsigned)at, false);
}

static long do_cred(struct client *client, struct call *call)
{
    struct vfs_cred cred;
    long err = fetch(call, &cred, call->m.w[1], sizeof(cred));

    if (err)
        return err;
    if (cred.ngroups > sizeof(cred.groups) / sizeof(cred.groups[0]))
        return -EINVAL;
    client->cred = cred;
    return 0;
}

static long do_session(struct client *client, struct call *call)
{
    client->sid = (uint32_t)call->m.w[1];
    client->pgrp = (uint32_t)call->m.w[2];
    client->leader = call->m.w[3] != 0;
    return 0;
}

static long do_advance(struct client *client, struct call *call)
{
    struct file *file = file_get(client, call->m.w[1]);

    if (file)
        file->offset += call->m.w[2];
    return 0;
}

static long do_limit(struct client *client, struct call *call)
{
    client->nofile = call->m.w[1];
    client->fsize_limit = call->m.w[2];
    return 0;
}

static long do_pidfd_open(struct client *client, struct call *call)
{
    struct client *target = client_find((uint32_t)call->m.w[1]);

    return target ? pidfd_open(client, target, (uint32_t)call->m.w[2]) : -ESRCH;
}

/* ---- files for proc ---------------------------------------------------------------------------------------------- */

/* Answers with what proc needs to know of the file. */
static long answer_file(struct call *call, const struct place *place, bool writable)
{
    struct node *node = place->entry->node;
    struct vfs_file file = { .handle = handle_of(place),
                             .version = node->version,
                             .inode = node->inode,
                             .size = node->size,
                             .device = node->fs->device,
                             .uid = node->uid,
                             .gid = node->gid,
                             .mode = (uint16_t)node->mode,
                             .writable = writable };

    if (!file.handle)
        return -ENOMEM;
    vfs_file_pack(&file, call->m.w);
    return (long)file.handle;
}

static long check_exec(struct client *client, const struct place *place)
{
    const struct node *node = place->entry->node;

    if (S_ISLNK(node->mode))
        return -ELOOP;
    if (!S_ISREG(node->mode) || place->mount->flags & MOUNT_NOEXEC)
        return -EACCES;
    if (node->ops->open)
        return -EACCES;
    if (permit(client, node, MAY_EXEC))
        return -EACCES;
    return node->writers ? -ETXTBSY : 0;
}

static long fetch_path(struct call *call, char path[PATH_LONGEST])
{
    if (!(call->m.w[1] & VFS_PATH_HERE))
        return copy_in_string(&client_boot, call, path, call->m.w[2], PATH_LONGEST);
    memcpy(path, &call->m.w[2], VFS_PATH_BYTES);
    path[VFS_PATH_BYTES - 1] = 0;
    return 0;
}

static long do_open_exec(struct client *client, struct call *call)
{
    static char path[PATH_LONGEST];
    unsigned flags = (unsigned)call->m.w[1];
    struct walk w;
    long err = fetch_path(call, path);

    if (err < 0)
        return err;
    err = walk(client, (int)(call->m.w[0] >> 32), path,
               (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0), &w);
    if (err)
        return err;
    err = check_exec(client, &w.at);
    if (!err) {
        if (pages_mapped_writable(w.at.entry->node->pages))
            node_changed(w.at.entry->node); /* nobody tells when a mapping writes */
        err = answer_file(call, &w.at, false);
    }
    if (err > 0)
        handle_watch((uint64_t)err);
    walk_end(&w);
    return err;
}

/* Linux mmap(2): any mapping needs reading; a shared writable one also a file opened for writing. */
static long check_map(const struct file *file, unsigned prot, unsigned flags)
{
    unsigned type = flags & MAP_TYPE;

    if (!file || file->flags & O_PATH)
        return -EBADF;
    if (!file_readable(file))
        return -EACCES;
    if (type != MAP_PRIVATE && prot & PROT_WRITE && !file_writable(file))
        return -EACCES;
    if (type != MAP_PRIVATE && prot & PROT_WRITE && file->node && file->node->seals && seals_write(file->node, 0))
        return -EPERM;
    if (prot & PROT_EXEC && file->place.entry && file->place.mount->flags & MOUNT_NOEXEC)
        return -EPERM;
    return 0;
}

static long do_map(struct client *client, struct call *call)
{
    struct file *file = file_get(client, call->m.w[1]);
    unsigned prot = (unsigned)call->m.w[2], flags = (unsigned)call->m.w[3];
    bool private = (flags & MAP_TYPE) == MAP_PRIVATE;
    long handle = check_map(file, prot, flags);

    if (handle)
        return handle;
    if (file->node && device_is_zero(file->node))
        return 0;
    if (file->ops != &regular_ops)
        return -ENODEV;
    /* mprotect may make it writable later: whoever could write gets the right to. */
    handle = answer_file(call, &file->place, !private && file_writable(file) && !seals_write(file->node, 0));
    if (handle > 0 && private && prot & PROT_EXEC)
        handle_watch((uint64_t)handle);
    return handle;
}

static long do_pages(struct call *call)
{
    uint64_t handle = call->m.w[0];
    const struct place *place = handle_find(handle);
    struct pages *pages = place ? regular_pages(place->entry->node) : NULL;
    cap_t cap = pages ? pages_cap(pages, call->m.w[1]) : 0;
    long outcome;

    if (!cap)
        return place ? -ENOMEM : -EBADF;
    outcome = call_answer_cap(call, 0, cap);
    if (outcome == DEFERRED)
        handle_ref(handle);
    return outcome;
}

static long do_path(const struct client *client, struct call *call)
{
    static char buffer[PATH_LONGEST];
    const struct place *place = handle_find(call->m.w[1]);
    const char *path = place ? path_of(place, &client->fs->root, buffer, sizeof(buffer)) : NULL;
    size_t most = call->m.w[3], length;

    if (!path || !most)
        return place ? -ENAMETOOLONG : -EBADF;
    length = strnlen(path, most - 1);
    buffer[path - buffer + length] = 0;
    return store(call, call->m.w[2], path, length + 1);
}

static long do_populate(struct call *call)
{
    const struct place *place = handle_find(call->m.w[0]);
    uint64_t first = call->m.w[1], npages = call->m.w[2], end;
    struct node *node;
    long err;

    if (!place)
        return -EBADF;
    node = place->entry->node;
    end = (node->size + TINE_PAGE_SIZE - 1) / TINE_PAGE_SIZE;
    if (first >= end)
        return 0;
    if (npages > end - first)
        npages = end - first;
    err = regular_fill(node, first * TINE_PAGE_SIZE, npages * TINE_PAGE_SIZE);
    return err ? -ENOMEM : (long)npages;
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

static long do_event(struct call *call)
{
    int sig = 0;
    uint32_t number = 0;
    enum vfs_event_kind kind = event_take(&sig, &number);

    call->m.w[1] = (unsigned long)sig;
    call->m.w[2] = number;
    return kind;
}

static long do_cancel(struct call *call)
{
    struct client *client = client_of_badge(call->m.w[0]);

    return client ? wait_cancel(client, call->m.w[0], (long)call->m.w[1]) : 0;
}

static long do_waive(struct call *call)
{
    struct client *client = client_of_badge(call->m.w[0]);

    if (!client)
        return -ESRCH;
    client->waived = call->m.w[0];
    return 0;
}

static long do_cgroup_number(struct client *client, unsigned long fd)
{
    const struct file *file = file_get(client, fd);

    return file ? cgroupfs_number(file) : -EBADF;
}

static long do_cgroup_path(struct call *call)
{
    static char path[PATH_LONGEST];
    long len = cgroupfs_path((uint32_t)call->m.w[0], (uint32_t)call->m.w[1], path, sizeof(path));

    if (len < 0)
        return len;
    return (size_t)len < call->m.w[3] ? store(call, call->m.w[2], path, (size_t)len + 1) : -ENAMETOOLONG;
}

static long client_message(struct client *client, struct call *call)
{
    switch (call->m.label) {
    case VFS_FORK:
        return do_fork(client, call);
    case VFS_EXEC:
        return do_exec(client, call);
    case VFS_EXIT:
        client_exit(client);
        return 0;
    case VFS_PASS:
        return do_pass(client, call);
    case VFS_CRED:
        return do_cred(client, call);
    case VFS_SESSION:
        return do_session(client, call);
    case VFS_OPEN_EXEC:
        return do_open_exec(client, call);
    case VFS_MAP:
        return do_map(client, call);
    case VFS_ADVANCE:
        return do_advance(client, call);
    case VFS_LIMIT:
        return do_limit(client, call);
    case VFS_PIDFD_OPEN:
        return do_pidfd_open(client, call);
    case VFS_CLOSE:
        return file_close(client, (unsigned)call->m.w[1]);
    case VFS_PIDFD_NUMBER:
        return pidfd_number(client, call->m.w[1], call->m.w[2]);
    case VFS_SIGNALFD:
        return signalfd_set(client, (int)call->m.w[1], call->m.w[2], (uint32_t)call->m.w[3]);
    case VFS_TTY:
        return tty_of_client(client);
    case VFS_THREADS:
        return threads_set(client, call, call->m.w[1], (uint32_t)call->m.w[2]);
    case VFS_PENDING:
        signalfd_pending(client, call->m.w[1]);
        return 0;
    case VFS_PATH:
        return do_path(client, call);
    case VFS_UNSHARE:
        return do_unshare(client, (unsigned)call->m.w[1]);
    case VFS_NAMESPACES:
        return do_namespaces(client, call);
    case VFS_NUMBERS:
        return do_numbers(client, call);
    case VFS_CGROUP_NUMBER:
        return do_cgroup_number(client, call->m.w[1]);
    case VFS_NS_OPEN:
        return nsfs_open(client, call, (enum ns_link)call->m.w[1], (uint32_t)call->m.w[2]);
    case VFS_NS_NUMBER:
        return do_ns_number(client, call->m.w[1]);
    }
    return -ENOSYS;
}

/* About a thread that has tables of its own. */
static long part_message(struct call *call)
{
    uint32_t number = (uint32_t)call->m.w[0];
    struct client *client;
    long outcome;

    if (call->m.label == VFS_EXIT)
        return part_end(number);
    client = part_enter(number);
    if (!client)
        return -ESRCH;
    outcome = client_message(client, call);
    if (call->m.label != VFS_EXEC || outcome) {
        part_leave();
        return outcome;
    }
    part_stay();
    return part_end(number);
}

/* Messages about one client, whose number is w[0]; 0, of VFS_FORK: vfs itself. */
static long message(struct call *call)
{
    uint32_t number = (uint32_t)call->m.w[0];
    struct client *client = client_find(number);

    if (!client && !number && call->m.label == VFS_FORK)
        client = &client_boot;
    return client ? client_message(client, call) : part_message(call);
}

long protocol_call(struct call *call)
{
    switch (call->m.label) {
    case VFS_ZOMBIE:
        return client_zombie((uint32_t)call->m.w[0]);
    case VFS_RELEASE:
        return handle_put(call->m.w[0]);
    case VFS_POPULATE:
        return do_populate(call);
    case VFS_EVENT:
        return do_event(call);
    case VFS_PAGES:
        return do_pages(call);
    case VFS_CANCEL:
        return do_cancel(call);
    case VFS_WAIVE_TTY:
        return do_waive(call);
    case VFS_NS_DROP:
        return do_ns_drop((uint32_t)call->m.w[0]);
    case VFS_CGROUP_PARENT:
        return cgroupfs_parent((uint32_t)call->m.w[0]);
    case VFS_CGROUP_POPULATED:
        return cgroupfs_populated((uint32_t)call->m.w[0], call->m.w[1]);
    case VFS_CGROUP_CONTROL:
        return cgroupfs_control((uint32_t)call->m.w[0], (unsigned)call->m.w[1]);
    case VFS_CGROUP_OWNER:
        return cgroupfs_owner((uint32_t)call->m.w[0]);
    case VFS_CGROUP_PATH:
        return do_cgroup_path(call);
    case VFS_CGROUP_SPACE:
        return cgroupfs_space((uint32_t)call->m.w[0], (uint32_t)call->m.w[1]);
    case VFS_MOUNT_SPACE:
        return mount_space_new((uint32_t)call->m.w[0], (uint32_t)call->m.w[1], (uint32_t)call->m.w[2]);
    case VFS_NET_SPACE:
        return net_space_new((uint32_t)call->m.w[0]);
    case VFS_ID_MAP:
        return do_id_map(call);
    }
    return message(call);
}
