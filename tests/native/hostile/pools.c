/* Pools: what they refuse, that their limits hold, and that everything dies with them. */
#include "hostile.h"

static void split(void)
{
    cap_t in_use = make(TINE_KIND_ENDPOINT), weak = with(pool, TINE_READ), child = slot();

    expect("pool_split: no capability", tine_pool_split(nothing(), slot(), 0, 0), TINE_ERR_CAP);
    expect("pool_split: capability 0", tine_pool_split(0, slot(), 0, 0), TINE_ERR_CAP);
    expect("pool_split: a capability far beyond the space", tine_pool_split(0xffffffff, slot(), 0, 0), TINE_ERR_CAP);
    expect("pool_split: another kind", tine_pool_split(other(TINE_KIND_POOL), slot(), 0, 0), TINE_ERR_CAP);
    expect("pool_split: without WRITE", tine_pool_split(weak, slot(), 0, 0), TINE_ERR_RIGHTS);
    expect("pool_split: slot in use", tine_pool_split(pool, in_use, 0, 0), TINE_ERR_SLOT);
    expect("pool_split: slot 0", tine_pool_split(pool, 0, 0, 0), TINE_ERR_SLOT);
    expect("pool_split: slot beyond all", tine_pool_split(pool, 0xfffffff0, 0, 0), TINE_ERR_SLOT);
    expect("pool_split: a reserve of more than there is", tine_pool_split(pool, slot(), 1UL << 40, 0), TINE_ERR_MEMORY);
    expect("pool_split: a reserve that wraps", tine_pool_split(pool, slot(), ~0UL, 0), TINE_ERR_MEMORY);
    expect("pool_split: works", tine_pool_split(pool, child, 8, 16), 0);
}

static void balance(void)
{
    struct tine_values v, w;
    cap_t child = slot(), space;

    expect("pool_balance: another kind", tine_pool_balance(other(TINE_KIND_POOL), &v), TINE_ERR_CAP);
    expect("pool_balance: without READ", tine_pool_balance(with(pool, TINE_WRITE), &v), TINE_ERR_RIGHTS);
    expect("pool_balance: works", tine_pool_balance(pool, &v), 0);
    expect_that("pool_balance: the limit", v.a3 == 2048 && v.a1 <= 2048);
    tine_pool_split(pool, child, 0, 10);
    space = slot();
    expect("pool: a space within the limit", tine_space_create(child, space), 0);
    expect("pool: the limit holds", tine_space_zero(space, 0x10000, 32, TINE_PROT_READ), TINE_ERR_MEMORY);
    expect("pool_balance: when full", tine_pool_balance(child, &w), 0);
    expect_that("pool: in use up to the limit", w.a1 == 10 && w.a2 == 0 && w.a3 == 10);
    expect("pool: what was given back can be had again", tine_space_unmap(space, 0x10000, 32), 0);
    expect("pool: and no more than that", tine_space_zero(space, 0x10000, 32, TINE_PROT_READ), TINE_ERR_MEMORY);
}

static void limit(void)
{
    cap_t child = slot(), reserved = slot(), space = slot();

    tine_pool_split(pool, child, 0, 0);
    tine_pool_split(pool, reserved, 8, 16);
    expect("pool_limit: another kind", tine_pool_limit(other(TINE_KIND_POOL), 1), TINE_ERR_CAP);
    expect("pool_limit: without OWN", tine_pool_limit(with(pool, TINE_READ | TINE_WRITE), 1), TINE_ERR_RIGHTS);
    expect("pool_limit: below the reserve", tine_pool_limit(reserved, 7), TINE_ERR_ARG);
    tine_space_create(child, space);
    tine_space_zero(space, 0x10000, 32, TINE_PROT_READ);
    expect("pool_limit: below what is in use", tine_pool_limit(child, 8), TINE_ERR_STATE);
    expect("pool_limit: works", tine_pool_limit(child, 60), 0);
    expect("pool_limit: it holds", tine_space_zero(space, 0x40000, 64, TINE_PROT_READ), TINE_ERR_MEMORY);
    expect("pool_limit: none again", tine_pool_limit(child, 0), 0);
    expect("pool_limit: it is gone", tine_space_zero(space, 0x40000, 64, TINE_PROT_READ), 0);
    tine_destroy(child);
    tine_destroy(reserved);
}

static void destroy(void)
{
    struct tine_values v, before, after;
    cap_t child, grandchild = slot(), space = slot(), endpoint = slot(), copy;

    expect("destroy: no capability", tine_destroy(nothing()), TINE_ERR_CAP);
    expect("destroy: without OWN", tine_destroy(with(pool, TINE_READ | TINE_WRITE)), TINE_ERR_RIGHTS);
    tine_pool_balance(pool, &before);
    child = make(TINE_KIND_POOL);
    tine_pool_split(child, grandchild, 4, 0);
    tine_space_create(grandchild, space);
    tine_space_zero(space, 0, 8, TINE_PROT_READ | TINE_PROT_WRITE);
    tine_endpoint_create(child, endpoint);
    copy = with(endpoint, TINE_READ);
    expect("destroy: a pool with all that is in it", tine_destroy(child), 0);
    expect("destroy: the pool is gone", tine_identify(child, &v), TINE_ERR_CAP);
    expect("destroy: its child is gone", tine_identify(grandchild, &v), TINE_ERR_CAP);
    expect("destroy: what the child held is gone", tine_identify(space, &v), TINE_ERR_CAP);
    expect("destroy: copies are gone", tine_identify(copy, &v), TINE_ERR_CAP);
    tine_pool_balance(pool, &after);
    expect("destroy: its memory is back", (err_t)after.a1, (err_t)before.a1);
}

/* A page that somebody outside still has lives on, charged to the parent. */
static void outlive(void)
{
    cap_t child = make(TINE_KIND_POOL), source = slot(), target = make(TINE_KIND_SPACE);
    unsigned long word = 0x5eed, copy = 0;

    tine_space_create(child, source);
    tine_space_zero(source, 0, 1, TINE_PROT_READ | TINE_PROT_WRITE);
    tine_space_write(source, 0, &word, sizeof(word), NULL);
    expect("share: from another pool", tine_space_share(target, 0, 1, TINE_PROT_READ, source, 0), 0);
    tine_destroy(child);
    expect("share: read when the pool is gone", tine_space_read(target, 0, &copy, sizeof(copy), NULL), 0);
    expect_that("share: contents outlive the pool", copy == word);
}

void test_pools(void)
{
    split();
    balance();
    limit();
    destroy();
    outlive();
}
