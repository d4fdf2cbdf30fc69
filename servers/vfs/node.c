/* Nodes and entries: counting, and finding an entry by its name through one hash table over all directories. */
#include "servers/vfs/node.h"
#include "servers/vfs/handle.h"
#include "servers/vfs/lock.h"
#include "servers/vfs/mount.h"
#include <stdlib.h>
#include <string.h>

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static uint64_t versions; /* given away so far */

uint64_t node_version_next(void)
{
    return ++versions;
}

struct node *node_new(struct filesystem *fs, const struct node_ops *ops, uint32_t mode)
{
    struct node *node = calloc(1, sizeof(*node));

    if (!node)
        return NULL;
    node->ops = ops;
    node->fs = fs;
    node->refs = 1;
    node->mode = mode;
    node->nlink = 1;
    node->inode = ++fs->next_inode;
    node->version = node_version_next();
    node->atime = node->mtime = node->ctime = node->btime = now_ns();
    fs->nodes++;
    return node;
}

void node_changed(struct node *node)
{
    node->version = node_version_next();
    if (!node->watched)
        return;
    node->watched = false;
    handles_changed(node);
}

void node_put(struct node *node)
{
    if (--node->refs)
        return;
    locks_free(node);
    if (node->ops->free)
        node->ops->free(node);
    node->fs->nodes--;
    free(node);
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

#define BUCKETS 4096

static SLIST_HEAD(bucket, entry) table[BUCKETS];

/* FNV-1a over the name, begun with the directory's address. */
static struct bucket *bucket_of(const struct entry *dir, const char *name, size_t len)
{
    uint32_t hash = (uint32_t)((uintptr_t)dir >> 4) * 2654435761U;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619U;
    return &table[(hash ^ hash >> 15) % BUCKETS];
}

static bool name_set(struct entry *entry, const char *name, size_t len)
{
    char *to = len < sizeof(entry->short_name) ? entry->short_name : malloc(len + 1);

    if (!to)
        return false;
    memcpy(to, name, len);
    to[len] = 0;
    if (entry->name && entry->name != entry->short_name)
        free(entry->name);
    entry->name = to;
    entry->len = (uint16_t)len;
    return true;
}

struct entry *entry_new(struct entry *parent, const char *name, size_t len, struct node *node)
{
    struct entry *entry = malloc(sizeof(*entry));

    if (!entry)
        return NULL;
    entry->name = NULL;
    if (!name_set(entry, name, len)) {
        free(entry);
        return NULL;
    }
    entry->refs = 1;
    entry->mounted = 0;
    entry->deleted = false;
    entry->handle = 0;
    entry->node = node;
    entry->parent = parent ? entry_ref(parent) : entry;
    entry->cookie = 0;
    entry->next_cookie = 3;
    TAILQ_INIT(&entry->children);
    return entry;
}

void entry_free(struct entry *entry)
{
    struct entry *parent = entry->parent;

    node_put(entry->node);
    if (entry->name != entry->short_name)
        free(entry->name);
    free(entry);
    if (parent != entry)
        entry_put(parent);
}

void entry_attach(struct entry *entry)
{
    struct entry *dir = entry->parent;

    entry->refs++;
    entry->deleted = false;
    entry->cookie = dir->next_cookie++;
    TAILQ_INSERT_TAIL(&dir->children, entry, sibling);
    SLIST_INSERT_HEAD(bucket_of(dir, entry->name, entry->len), entry, same_hash);
}

static void entry_take_out(struct entry *entry)
{
    TAILQ_REMOVE(&entry->parent->children, entry, sibling);
    SLIST_REMOVE(bucket_of(entry->parent, entry->name, entry->len), entry, entry, same_hash);
}

void entry_detach(struct entry *entry)
{
    entry_take_out(entry);
    entry->deleted = true;
    if (entry->handle)
        handle_unlinked(entry->handle);
    entry_put(entry);
}

struct entry *entry_find(struct entry *dir, const char *name, size_t len)
{
    struct entry *entry;

    SLIST_FOREACH(entry, bucket_of(dir, name, len), same_hash)
        if (entry->parent == dir && entry->len == len && !memcmp(entry->name, name, len))
            return entry;
    return NULL;
}

long entry_rename(struct entry *entry, struct entry *dir, const char *name, size_t len)
{
    struct entry *old = entry->parent;
    char *long_name = len < sizeof(entry->short_name) ? NULL : malloc(len + 1);

    if (len >= sizeof(entry->short_name) && !long_name)
        return -ENOMEM;

    entry_take_out(entry);
    if (entry->name != entry->short_name)
        free(entry->name);
    entry->name = long_name ? long_name : entry->short_name;
    memcpy(entry->name, name, len);
    entry->name[len] = 0;
    entry->len = (uint16_t)len;
    entry->parent = entry_ref(dir);
    entry_attach(entry);
    entry->refs--; /* the directory's reference moved with it */
    entry_put(old);
    return 0;
}

/* A name that lies inside its entry moves with the bytes; the pointer is set anew. */
void entry_exchange(struct entry *a, struct entry *b)
{
    struct entry was;

    entry_take_out(a);
    entry_take_out(b);
    was = *a;
    memcpy(a->short_name, b->short_name, sizeof(a->short_name));
    a->name = b->name == b->short_name ? a->short_name : b->name;
    a->len = b->len;
    a->parent = b->parent;
    memcpy(b->short_name, was.short_name, sizeof(b->short_name));
    b->name = was.name == a->short_name ? b->short_name : was.name;
    b->len = was.len;
    b->parent = was.parent;
    entry_attach(a);
    entry_attach(b);
    a->refs--; /* the directories' references moved with them */
    b->refs--;
}
