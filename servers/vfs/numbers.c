/* Numbers of clients in pid namespaces below the first: a hash of (space, number), made of entries that each client's own
 * record holds. */
#include "servers/vfs/numbers.h"
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256 };

struct number {
    LIST_ENTRY(number) same_hash;
    struct client *client;
    struct vfs_number is;
};

struct numbers {
    unsigned levels;
    struct number at[];
};

static LIST_HEAD(bucket, number) table[BUCKETS];

static struct bucket *bucket_of(uint32_t space, uint32_t number)
{
    return &table[(space + number * 31) % BUCKETS];
}

void numbers_forget(struct client *client)
{
    struct numbers *numbers = client->numbers;

    if (!numbers)
        return;
    for (unsigned i = 0; i < numbers->levels; i++)
        LIST_REMOVE(&numbers->at[i], same_hash);
    free(numbers);
    client->numbers = NULL;
}

long numbers_set(struct client *client, const struct vfs_number *of, unsigned levels)
{
    struct numbers *numbers = malloc(sizeof(*numbers) + levels * sizeof(numbers->at[0]));

    if (!numbers)
        return -ENOMEM;
    numbers_forget(client);
    numbers->levels = levels;
    for (unsigned i = 0; i < levels; i++) {
        numbers->at[i].client = client;
        numbers->at[i].is = of[i];
        LIST_INSERT_HEAD(bucket_of(of[i].space, of[i].number), &numbers->at[i], same_hash);
    }
    client->numbers = numbers;
    return 0;
}

uint32_t client_space(const struct client *client)
{
    return client->numbers ? client->numbers->at[client->numbers->levels - 1].is.space : 0;
}

unsigned client_levels(const struct client *client)
{
    return client->numbers ? client->numbers->levels : 0;
}

unsigned client_level(const struct client *client, uint32_t space)
{
    unsigned level = 0;

    if (!space)
        return 0;
    while (level < client_levels(client))
        if (client->numbers->at[level++].is.space == space)
            return level;
    return level + 1;
}

uint32_t client_number(const struct client *client, uint32_t space)
{
    unsigned level = client_level(client, space);

    if (!level)
        return client->number;
    return level <= client_levels(client) ? client->numbers->at[level - 1].is.number : 0;
}

struct client *client_numbered(uint32_t space, uint32_t number)
{
    const struct number *at;

    if (!space)
        return client_find(number);
    LIST_FOREACH(at, bucket_of(space, number), same_hash)
        if (at->is.space == space && at->is.number == number)
            return at->client;
    return NULL;
}

uint32_t client_number_out(const struct client *self, uint32_t global)
{
    const struct client *client = self->numbers ? client_find(global) : NULL;

    if (!self->numbers)
        return global;
    return client ? client_number(client, client_space(self)) : 0;
}

uint32_t client_number_in(const struct client *self, uint32_t number)
{
    const struct client *client = self->numbers ? client_numbered(client_space(self), number) : NULL;

    if (!self->numbers)
        return number;
    return client ? client->number : 0;
}
