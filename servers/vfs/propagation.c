/* Peer groups, and what follows from them: see propagation.h. */
#include "servers/vfs/propagation.h"
#include "servers/vfs/abi.h"
#include <stdlib.h>

LIST_HEAD(mount_list, mount);

struct peers {
    uint32_t id;
    struct mount_list members; /* not empty */
    struct mount_list slaves;
    /* While something propagates: */
    STAILQ_ENTRY(peers) turn;
    bool seen;
    struct mount *source; /* the tree that members get peers of, and slaves get slaves of */
    struct mount *master; /* the same of the group above, until there is a source */
};

STAILQ_HEAD(turns, peers);

uint32_t peers_id(const struct peers *peers)
{
    return peers->id;
}

/* ---- joining and leaving ----------------------------------------------------------------------------------------- */

static void slave_of(struct mount *mount, struct peers *master)
{
    mount->master = master;
    if (master)
        LIST_INSERT_HEAD(&master->slaves, mount, slave);
}

static void leave_master(struct mount *mount)
{
    if (mount->master)
        LIST_REMOVE(mount, slave);
    mount->master = NULL;
}

static void join(struct mount *mount, struct peers *peers)
{
    mount->peers = peers;
    LIST_INSERT_HEAD(&peers->members, mount, peer);
}

/* With the last member the group ends, and its slaves become those of the member's master. */
static void leave_peers(struct mount *mount)
{
    struct peers *peers = mount->peers;
    struct mount *slave;

    if (!peers)
        return;
    LIST_REMOVE(mount, peer);
    mount->peers = NULL;
    if (!LIST_EMPTY(&peers->members))
        return;
    while ((slave = LIST_FIRST(&peers->slaves))) {
        leave_master(slave);
        slave_of(slave, mount->master);
    }
    free(peers);
}

static long make_shared(struct mount *mount)
{
    static uint32_t last;
    struct peers *peers = mount->peers ? NULL : calloc(1, sizeof(*peers));

    if (!peers)
        return mount->peers ? 0 : -ENOMEM;
    peers->id = ++last;
    join(mount, peers);
    return 0;
}

static void make_slave(struct mount *mount)
{
    struct peers *peers = mount->peers;
    bool alone = peers && LIST_FIRST(&peers->members) == mount && !LIST_NEXT(mount, peer);

    leave_peers(mount);
    if (!peers || alone)
        return;
    leave_master(mount);
    slave_of(mount, peers);
}

long propagation_change(struct mount *mount, enum propagation to)
{
    if (to == PROPAGATE_SHARED)
        return make_shared(mount);
    if (to == PROPAGATE_SLAVE)
        make_slave(mount);
    if (to == PROPAGATE_PRIVATE) {
        leave_peers(mount);
        leave_master(mount);
    }
    return 0;
}

void propagation_copy(struct mount *copy, const struct mount *like, bool slave)
{
    if (slave && like->peers) {
        slave_of(copy, like->peers);
        return;
    }
    if (like->peers)
        join(copy, like->peers);
    slave_of(copy, like->master);
}

/* ---- who is told ------------------------------------------------------------------------------------------------- */

/* Calls `visit` for each mount that what happens on `origin` happens on, with its group or NULL; `above`: the group whose slave
 * it is, where it does not come as a peer of the origin. Ends early with visit's error. */
typedef long visit_fn(void *context, struct mount *mount, struct peers *group, struct peers *above);

/* What its slaves get slaves of. */
static struct mount *source_of(const struct peers *group)
{
    return group->source ? group->source : group->master;
}

static void queue(struct turns *turns, struct peers *peers, struct peers *above)
{
    if (peers->seen)
        return;
    peers->seen = true;
    peers->source = NULL;
    peers->master = above ? source_of(above) : NULL;
    STAILQ_INSERT_TAIL(turns, peers, turn);
}

static long visit_group(struct turns *turns, struct peers *group, const struct mount *origin, visit_fn *visit, void *context)
{
    struct mount *mount;
    long err;

    LIST_FOREACH(mount, &group->members, peer)
        if (mount != origin && (err = visit(context, mount, group, NULL)))
            return err;
    LIST_FOREACH(mount, &group->slaves, slave) {
        if (mount->peers)
            queue(turns, mount->peers, group);
        else if ((err = visit(context, mount, NULL, group)))
            return err;
    }
    return 0;
}

static long visit_all(const struct mount *origin, struct mount *source, visit_fn *visit, void *context)
{
    struct turns turns = STAILQ_HEAD_INITIALIZER(turns);
    struct peers *group;
    long err = 0;

    if (!origin->peers)
        return 0;
    queue(&turns, origin->peers, NULL);
    origin->peers->source = source;
    STAILQ_FOREACH(group, &turns, turn)
        if (!err)
            err = visit_group(&turns, group, origin, visit, context);
    while ((group = STAILQ_FIRST(&turns))) {
        STAILQ_REMOVE_HEAD(&turns, turn);
        group->seen = false;
    }
    return err;
}

/* ---- mounting ---------------------------------------------------------------------------------------------------- */

struct attachment {
    const struct place *on;
    unsigned size;           /* mounts of the tree */
    struct mount *made;      /* copies, through `collected` */
};

static long tree_share(struct mount *top)
{
    long err = 0;

    for (struct mount *at = top; at && !err; at = tree_next(at, top))
        err = make_shared(at);
    return err;
}

static long attach_copy(void *context, struct mount *mount, struct peers *group, struct peers *above)
{
    struct attachment *a = context;
    bool as_slave = !group || !group->source;
    struct mount *source = source_of(group ? group : above), *copy;
    long err;

    if (!inside(a->on->entry, mount->root) || !mount->space || !source)
        return 0;
    if (mount->space->count + a->size > MOUNTS_MOST)
        return -ENOSPC;
    err = tree_copy(source, source->root, COPY_TREE | COPY_UNBINDABLE | (as_slave ? COPY_SLAVE : 0), &copy);
    if (err)
        return err;
    if (mount->space->owner != a->on->mount->space->owner)
        tree_lock(copy);
    copy->target = mount;
    copy->collected = a->made;
    a->made = copy;
    if (group && as_slave) {
        err = tree_share(copy);
        group->source = copy;
    }
    return err;
}

long propagate_attach(struct mount *top, const struct place *on)
{
    struct attachment a = { .on = on, .size = tree_count(top) };
    struct mount *copy, *next;
    long err = on->mount->space->count + a.size > MOUNTS_MOST ? -ENOSPC : 0;

    if (!err && on->mount->peers)
        err = tree_share(top);
    if (!err)
        err = visit_all(on->mount, top, attach_copy, &a);
    for (copy = a.made; copy; copy = next) {
        next = copy->collected;
        if (err) {
            tree_drop(copy);
            continue;
        }
        mount_attach(copy, &(struct place){ copy->target, on->entry });
        tree_join(copy, copy->target->space);
    }
    if (err)
        return err;
    mount_attach(top, on);
    tree_join(top, on->mount->space);
    return 0;
}

/* ---- unmounting -------------------------------------------------------------------------------------------------- */

/* What lies on `on` as `mount` lies on its parent, with nothing on top of it. */
static struct mount *counterpart(const struct mount *on, const struct mount *mount)
{
    struct mount *child;

    TAILQ_FOREACH(child, &on->children, sibling)
        if (child->point == mount->point && child->root == mount->root && child != mount)
            return TAILQ_EMPTY(&child->children) ? child : NULL;
    return NULL;
}

struct detachment {
    const struct mount *like;
    struct mount *found; /* through `collected` */
};

static long collect(void *context, struct mount *mount, struct peers *group, struct peers *above)
{
    struct detachment *d = context;
    struct mount *child = counterpart(mount, d->like);

    (void)group;
    (void)above;
    if (child) {
        child->collected = d->found;
        d->found = child;
    }
    return 0;
}

static struct mount *counterparts(const struct mount *mount)
{
    struct detachment d = { .like = mount };

    visit_all(mount->parent, NULL, collect, &d);
    return d.found;
}

bool propagate_busy(const struct mount *mount)
{
    for (struct mount *child = counterparts(mount); child; child = child->collected)
        if (child->refs)
            return true;
    return false;
}

void propagate_umount(const struct mount *mount)
{
    struct mount *child, *next;

    for (child = counterparts(mount); child; child = next) {
        next = child->collected;
        tree_drop(child);
    }
}
