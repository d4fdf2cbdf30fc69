/* The tree of mounts: one made, laid on a place, taken away; trees of them copied and dropped. */
#include "servers/vfs/mount.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/path.h"
#include "servers/vfs/propagation.h"
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

static uint32_t next_id = 20;

/* ---- one --------------------------------------------------------------------------------------------------------- */

struct mount *mount_new(struct filesystem *fs, struct entry *root, const char *source, uint32_t flags)
{
    struct mount *mount = calloc(1, sizeof(*mount));

    if (!mount)
        return NULL;
    mount->id = next_id++;
    mount->flags = flags;
    mount->fs = fs;
    mount->root = entry_ref(root);
    strncpy(mount->source, source, sizeof(mount->source) - 1);
    TAILQ_INIT(&mount->children);
    fs->refs++;
    return mount;
}

void mount_attach(struct mount *mount, const struct place *on)
{
    mount->parent = on->mount;
    mount->point = entry_ref(on->entry);
    mount->point->mounted++;
    mount->parent->refs++;
    TAILQ_INSERT_TAIL(&mount->parent->children, mount, sibling);
    LIST_INSERT_HEAD(&mount->point->node->fs->covered, mount, covers);
}

void mount_detach(struct mount *mount)
{
    TAILQ_REMOVE(&mount->parent->children, mount, sibling);
    LIST_REMOVE(mount, covers);
    mount->parent->refs--;
    mount->point->mounted--;
    entry_put(mount->point);
    mount->parent = NULL;
    mount->point = NULL;
}

void mount_free(struct mount *mount)
{
    struct filesystem *fs = mount->fs;

    entry_put(mount->root);
    filesystem_put(fs);
    free(mount);
}

/* A mount that no path leads to any more lives on while something refers to it. */
static void mount_drop(struct mount *mount)
{
    if (mount->parent)
        mount_detach(mount);
    propagation_change(mount, PROPAGATE_PRIVATE);
    mount->detached = true;
    if (!mount->refs)
        mount_free(mount);
}

/* ---- trees ------------------------------------------------------------------------------------------------------- */

struct mount *tree_next(struct mount *at, const struct mount *top)
{
    if (!TAILQ_EMPTY(&at->children))
        return TAILQ_FIRST(&at->children);
    while (at != top && !TAILQ_NEXT(at, sibling))
        at = at->parent;
    return at == top ? NULL : TAILQ_NEXT(at, sibling);
}

unsigned tree_count(const struct mount *top)
{
    unsigned count = 0;

    for (struct mount *at = (struct mount *)top; at; at = tree_next(at, top))
        count++;
    return count;
}

void tree_join(struct mount *top, struct mount_space *space)
{
    for (struct mount *at = top; at; at = tree_next(at, top)) {
        at->space = space;
        space->count++;
        TAILQ_INSERT_TAIL(&space->mounts, at, order);
    }
}

void tree_leave(struct mount *top)
{
    for (struct mount *at = top; at; at = tree_next(at, top)) {
        if (!at->space)
            continue;
        at->space->count--;
        TAILQ_REMOVE(&at->space->mounts, at, order);
        at->space = NULL;
    }
}

/* The topmost first. */
void tree_drop(struct mount *top)
{
    struct mount *mount = top, *parent;
    bool last;

    tree_leave(top);
    do {
        while (!TAILQ_EMPTY(&mount->children))
            mount = TAILQ_LAST(&mount->children, mounts);
        last = mount == top;
        parent = mount->parent;
        mount_drop(mount);
        mount = parent;
    } while (!last);
}

bool inside(const struct entry *entry, const struct entry *dir)
{
    while (entry != dir && entry->parent != entry)
        entry = entry->parent;
    return entry == dir;
}

static struct mount *mount_copy(struct mount *like, struct entry *root, bool slave)
{
    struct mount *mount = mount_new(like->fs, root, like->source, like->flags);

    if (!mount)
        return NULL;
    mount->locked_flags = like->locked_flags;
    mount->locked = like->locked;
    mount->unbindable = like->unbindable;
    mount->origin = like->id;
    propagation_copy(mount, like, slave);
    like->copy = mount;
    return mount;
}

/* Whether the copy of a tree whose top shows `root` has that mount, which lies on another one of the tree. */
static bool wanted(const struct mount *mount, const struct mount *top, const struct entry *root, unsigned flags)
{
    if (!mount->parent->copy || (mount->unbindable && !(flags & COPY_UNBINDABLE)))
        return false;
    return mount->parent != top || inside(mount->point, root);
}

/* It is laid into the file system when it is whole, so that a tree bound inside itself does not meet its copy. */
long tree_copy(struct mount *source, struct entry *root, unsigned flags, struct mount **made)
{
    struct mount *top = mount_copy(source, root, flags & COPY_SLAVE), *like, *copy = top;

    for (like = tree_next(source, source); flags & COPY_TREE && copy && like; like = tree_next(like, source)) {
        if (!wanted(like, source, root, flags))
            continue;
        copy = mount_copy(like, like->root, flags & COPY_SLAVE);
        if (copy)
            mount_attach(copy, &(struct place){ like->parent->copy, like->point });
    }
    for (like = source; like; like = tree_next(like, source))
        like->copy = NULL;
    if (top && !copy)
        tree_drop(top);
    *made = top;
    return copy ? 0 : -ENOMEM;
}
