/* Free lists over malloc: cache_take, cache_give. */
#include "servers/proc/cache.h"
#include <stdlib.h>

static void cache_fill(struct cache *cache)
{
    char *objects = malloc(cache->size * cache->batch);

    if (!objects)
        return;
    for (unsigned i = cache->batch; i-- > 0;) {
        void **object = (void **)(objects + i * cache->size);

        *object = cache->free;
        cache->free = object;
    }
}

void *cache_take(struct cache *cache)
{
    void **object = cache->free;

    if (!object) {
        cache_fill(cache);
        object = cache->free;
        if (!object)
            return NULL;
    }
    cache->free = *object;
    cache->in_use++;
    return object;
}

void cache_give(struct cache *cache, void *object)
{
    if (!object)
        return;
    *(void **)object = cache->free;
    cache->free = object;
    cache->in_use--;
}
