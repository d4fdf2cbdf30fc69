/*
 * nsfs: nsfs_place makes a file for a namespace when it is first looked at, and its end is told to proc if proc asked for
 * that (nsfs_drop). node->number is the kind, node->inode the namespace's number.
 *
 * What is told must not be lost, nor need memory when the file goes: so the record of a file is apart from its node, and
 * lies in `released` until it is fetched.
 */
#include "servers/vfs/nsfs.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/open.h"
#include "servers/vfs/text.h"
#include <linux/magic.h>
#include <stdlib.h>

struct held {
    LIST_ENTRY(held) entry; /* in `files` or `released` */
    uint32_t number;
    bool dropped;           /* proc waits for its end */
    struct entry *name;     /* of the file; goes with it, so not counted */
};

static LIST_HEAD(held_list, held) files, released;
static struct mount mount;
static const struct node_ops nsfs_ops;

static const char *const names[NS_LINKS] = {
    [NS_MNT] = "mnt", [NS_UTS] = "uts",       [NS_IPC] = "ipc",   [NS_USER] = "user",         [NS_PID] = "pid",
    [NS_NET] = "net", [NS_CGROUP] = "cgroup", [NS_TIME] = "time", [NS_PID_CHILDREN] = "pid", [NS_TIME_CHILDREN] = "time",
};

static struct held *held_find(uint32_t number)
{
    struct held *held;

    LIST_FOREACH(held, &files, entry)
        if (held->number == number)
            return held;
    return NULL;
}

long nsfs_text(enum ns_link link, uint32_t number, char *to)
{
    struct text text = { to, PATH_LONGEST, 0 };

    text_strings(&text, names[link], ":[", NULL);
    text_number(&text, number);
    text_string(&text, "]");
    to[text.len] = 0;
    return (long)text.len;
}

/* ---- the files --------------------------------------------------------------------------------------------------- */

/* The file system, in no directory. */
static struct filesystem *nsfs(void)
{
    if (!mount.fs) {
        mount.fs = filesystem_new("nsfs", NSFS_MAGIC);
        if (!mount.fs)
            return NULL;
        mount.refs = 1;
    }
    return mount.fs;
}

static struct entry *entry_make(struct held *held, enum ns_link link)
{
    struct filesystem *fs = nsfs();
    struct node *node = fs ? node_new(fs, &nsfs_ops, S_IFREG | 0444) : NULL;
    char name[32];

    if (!node)
        return NULL;
    node->inode = held->number;
    node->number = link;
    held->name = entry_new(NULL, name, (size_t)nsfs_text(link, held->number, name), node);
    if (held->name)
        LIST_INSERT_HEAD(&files, held, entry);
    return held->name;
}

long nsfs_place(enum ns_link link, uint32_t number, struct place *place)
{
    struct held *held = held_find(number);

    if (held) {
        *place = (struct place){ &mount, entry_ref(held->name) };
        return 0;
    }
    held = malloc(sizeof(*held));
    if (!held)
        return -ENOMEM;
    *held = (struct held){ .number = number };
    *place = (struct place){ &mount, entry_make(held, link) };
    if (place->entry)
        return 0;
    free(held);
    return -ENOMEM;
}

static void nsfs_free(struct node *node)
{
    struct held *held = held_find((uint32_t)node->inode);

    if (!held)
        return;
    LIST_REMOVE(held, entry);
    if (!held->dropped) {
        free(held);
        return;
    }
    LIST_INSERT_HEAD(&released, held, entry);
    tine_signal(ROOT_VFS_PROC_EVENTS, PROC_EVENT_VFS);
}

long nsfs_drop(uint32_t number)
{
    struct held *held = held_find(number);

    if (!held)
        return 0;
    held->dropped = true;
    return 1;
}

bool nsfs_released(uint32_t *number)
{
    struct held *held = LIST_FIRST(&released);

    if (!held)
        return false;
    *number = held->number;
    LIST_REMOVE(held, entry);
    free(held);
    return true;
}

/* ---- open ones --------------------------------------------------------------------------------------------------- */

static long nsfs_ioctl(struct file *file, struct client *self, struct call *call, unsigned cmd, uint64_t arg)
{
    (void)self;
    call->m.w[0] = (unsigned long)file->node->inode;
    call->m.w[1] = cmd;
    call->m.w[2] = arg;
    return call_forward(call, 0, PROC_LABEL_NS_IOCTL);
}

static const struct file_ops open_ops = { .ioctl = nsfs_ioctl };

static long nsfs_open_file(struct file *file, struct client *self, struct call *call)
{
    (void)self;
    (void)call;
    file->ops = &open_ops;
    return 0;
}

static const struct node_ops nsfs_ops = { .open = nsfs_open_file, .free = nsfs_free };

long nsfs_open(struct client *client, struct call *call, enum ns_link link, uint32_t number)
{
    struct place place;
    struct file *file;
    long err = link < NS_LINKS ? nsfs_place(link, number, &place) : -EINVAL;

    if (err)
        return err;
    err = open_place(client, call, &place, O_RDONLY, &file);
    entry_put(place.entry);
    return err ? err : file_install(client, file, 0, true);
}

long nsfs_number(const struct file *file)
{
    return file->ops == &open_ops ? (long)file->node->inode : -EINVAL;
}
