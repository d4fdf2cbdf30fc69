/*
 * Mount namespaces: mount_namespaces(7). Each is a tree of mounts that proc knows by a number. A process that gets a new one
 * stays where it is: its root and working directory become the copies of what they were.
 */
#include "servers/vfs/abi.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/part.h"
#include "servers/vfs/path.h"
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdlib.h>

#define LOCKABLE (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

struct mount *mount_root;
static struct mount_space first = { .number = VFS_MNT_FIRST, .owner = VFS_USER_FIRST };
static LIST_HEAD(, mount_space) spaces = LIST_HEAD_INITIALIZER(spaces);

void mounts_start(void)
{
    static struct fs_context boot;
    struct filesystem *fs = filesystem_new("rootfs", TMPFS_MAGIC);

    if (!fs || tmpfs_start(fs, 0755) || !(mount_root = mount_new(fs, fs->root, "rootfs", 0)))
        abort();
    TAILQ_INIT(&first.mounts);
    LIST_INSERT_HEAD(&spaces, &first, all);
    first.root = mount_root;
    tree_join(mount_root, &first);
    boot = (struct fs_context){ .refs = 1, .umask = 022, .root = { mount_root, fs->root },
                                .cwd = { mount_root, fs->root } };
    place_ref(&boot.root);
    place_ref(&boot.cwd);
    client_boot.fs = &boot;
    client_boot.namespaces[NS_MNT] = VFS_MNT_FIRST;
    LIST_INIT(&client_boot.waiters);
}

static struct mount_space *space_find(uint32_t number)
{
    struct mount_space *space;

    LIST_FOREACH(space, &spaces, all)
        if (space->number == number)
            return space;
    return NULL;
}

struct mount_space *mount_space_of(const struct client *client)
{
    return space_find(client->namespaces[NS_MNT]);
}

/* What the new rulers may not undo: flags, and that one mount hides what is below. */
void tree_lock(struct mount *top)
{
    for (struct mount *at = top; at; at = tree_next(at, top)) {
        at->locked_flags |= at->flags & LOCKABLE;
        at->locked = at != top;
    }
}

long mount_space_new(uint32_t number, uint32_t from, uint32_t owner)
{
    struct mount_space *like = space_find(from), *space;
    unsigned less;

    if (!like || space_find(number))
        return like ? -EEXIST : -ESRCH;
    space = calloc(1, sizeof(*space));
    if (!space)
        return -ENOMEM;
    less = owner != like->owner ? COPY_SLAVE : 0;
    if (tree_copy(like->root, like->root->root, COPY_TREE | COPY_UNBINDABLE | less, &space->root)) {
        free(space);
        return -ENOMEM;
    }
    if (less)
        tree_lock(space->root);
    space->number = number;
    space->owner = owner;
    space->fresh = true;
    TAILQ_INIT(&space->mounts);
    tree_join(space->root, space);
    LIST_INSERT_HEAD(&spaces, space, all);
    return 0;
}

void mount_space_drop(uint32_t number)
{
    struct mount_space *space = space_find(number);

    if (!space || space == &first)
        return;
    tree_drop(space->root);
    LIST_REMOVE(space, all);
    free(space);
}

/* ---- entering ---------------------------------------------------------------------------------------------------- */

static struct mount *copied_from(const struct mount_space *space, const struct mount *mount)
{
    struct mount *copy;

    TAILQ_FOREACH(copy, &space->mounts, order)
        if (copy->origin == mount->id)
            return copy;
    return NULL;
}

/* The root of the namespace, with what is mounted over it. */
static struct place top_of(const struct mount_space *space)
{
    struct place top = { space->root, space->root->root };

    place_ref(&top);
    mount_cross(&top);
    return top;
}

static void place_change(struct place *place, const struct mount_space *space)
{
    struct mount *copy = space->fresh ? copied_from(space, place->mount) : NULL;
    struct place old = *place;

    if (place->mount->space == space)
        return; /* of a context that two threads share */
    if (copy) {
        place->mount = copy;
        place_ref(place);
    } else {
        *place = top_of(space);
    }
    place_put(&old);
}

static void context_enter(struct fs_context *fs, void *space)
{
    place_change(&fs->root, space);
    place_change(&fs->cwd, space);
}

void mount_space_enter(struct client *client, uint32_t number)
{
    struct mount_space *space = space_find(number);

    if (!space)
        return;
    contexts_visit(client, context_enter, space);
    space->fresh = false;
}
