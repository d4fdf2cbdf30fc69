/* Threads with tables of their own: found by number, entered and left. */
#include "servers/vfs/part.h"
#include "servers/vfs/file.h"
#include "servers/vfs/path.h"
#include <stdlib.h>

#define BUCKETS 256

struct part {
    LIST_ENTRY(part) bucket, sibling;
    uint32_t number;
    struct client *client;
    struct files *files; /* both while it is entered: the client's */
    struct fs_context *fs;
};

static LIST_HEAD(, part) buckets[BUCKETS];
static struct part *entered;

static struct part *part_find(uint32_t number)
{
    struct part *part;

    LIST_FOREACH(part, &buckets[number % BUCKETS], bucket)
        if (part->number == number)
            return part;
    return NULL;
}

long part_new(struct client *client, uint32_t number, unsigned flags)
{
    struct part *part;

    if (part_find(number))
        return -EEXIST;
    part = malloc(sizeof(*part));
    if (!part)
        return -ENOMEM;
    if (tables_fork(client, flags, &part->files, &part->fs)) {
        free(part);
        return -ENOMEM;
    }
    part->number = number;
    part->client = client;
    LIST_INSERT_HEAD(&buckets[number % BUCKETS], part, bucket);
    LIST_INSERT_HEAD(&client->parts, part, sibling);
    return 0;
}

static void part_free(struct part *part)
{
    LIST_REMOVE(part, bucket);
    LIST_REMOVE(part, sibling);
    files_put(part->files, part->client);
    fs_context_put(part->fs);
    free(part);
}

long part_end(uint32_t number)
{
    struct part *part = part_find(number);

    if (!part)
        return -ESRCH;
    part_free(part);
    return 0;
}

void parts_end(struct client *client)
{
    while (!LIST_EMPTY(&client->parts))
        part_free(LIST_FIRST(&client->parts));
}

static void tables_swap(struct part *part)
{
    struct client *client = part->client;
    struct files *files = part->files;
    struct fs_context *fs = part->fs;

    part->files = client->files;
    part->fs = client->fs;
    client->files = files;
    client->fs = fs;
}

struct client *part_enter(uint32_t number)
{
    entered = part_find(number);
    if (!entered)
        return NULL;
    tables_swap(entered);
    return entered->client;
}

void part_leave(void)
{
    tables_swap(entered);
    entered = NULL;
}

void part_stay(void)
{
    entered = NULL;
}

void contexts_visit(struct client *client, void (*visit)(struct fs_context *fs, void *context), void *context)
{
    struct part *part;

    visit(client->fs, context);
    LIST_FOREACH(part, &client->parts, sibling)
        visit(part->fs, context);
}

struct client *client_of_badge(badge_t badge)
{
    struct client *client = client_find(VFS_BADGE_CLIENT(badge));
    struct part *part = client ? NULL : part_find(VFS_BADGE_CLIENT(badge));

    return part ? part->client : client;
}
