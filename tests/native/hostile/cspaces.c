/* Capability spaces: copying, minting, moving, deleting, revoking. */
#include "hostile.h"

static void copy(void)
{
    cap_t endpoint = make(TINE_KIND_ENDPOINT), cspace = make(TINE_KIND_CSPACE), badged = slot();
    struct tine_values v;

    expect("cap_copy: no source", tine_cap_copy(0, slot(), nothing(), TINE_READ, 0), TINE_ERR_CAP);
    expect("cap_copy: into no cspace", tine_cap_copy(endpoint, slot(), endpoint, TINE_READ, 0), TINE_ERR_CAP);
    expect("cap_copy: into a cspace without WRITE", tine_cap_copy(with(cspace, TINE_READ), 5, endpoint, TINE_READ, 0),
           TINE_ERR_RIGHTS);
    expect("cap_copy: more rights", tine_cap_copy(0, slot(), with(endpoint, TINE_READ), TINE_READ | TINE_WRITE, 0),
           TINE_ERR_RIGHTS);
    expect("cap_copy: rights that do not exist", tine_cap_copy(0, slot(), endpoint, 8, 0), TINE_ERR_RIGHTS);
    expect("cap_copy: slot in use", tine_cap_copy(0, cspace, endpoint, TINE_READ, 0), TINE_ERR_SLOT);
    expect("cap_copy: slot 0", tine_cap_copy(0, 0, endpoint, TINE_READ, 0), TINE_ERR_SLOT);
    expect("cap_copy: slot beyond all", tine_cap_copy(cspace, 1 << 30, endpoint, TINE_READ, 0), TINE_ERR_SLOT);
    expect("cap_copy: a badge", tine_cap_copy(0, badged, endpoint, TINE_ALL, 77), 0);
    expect("cap_copy: a badge over a badge", tine_cap_copy(0, slot(), badged, TINE_READ, 78), TINE_ERR_RIGHTS);
    expect("cap_copy: a badge without OWN", tine_cap_copy(0, slot(), with(endpoint, TINE_READ), TINE_READ, 79),
           TINE_ERR_RIGHTS);
    expect("identify: no capability", tine_identify(nothing(), &v), TINE_ERR_CAP);
    expect("identify: works", tine_identify(with(badged, TINE_READ), &v), 0);
    expect_that("identify: kind, rights, badge", v.a1 == TINE_KIND_ENDPOINT && v.a2 == TINE_READ && v.a3 == 77);
    expect("cap_copy: into another cspace", tine_cap_copy(cspace, 5, endpoint, TINE_READ, 0), 0);
    expect("cap_copy: there it is in use", tine_cap_copy(cspace, 5, endpoint, TINE_READ, 0), TINE_ERR_SLOT);
}

static void move(void)
{
    cap_t endpoint = make(TINE_KIND_ENDPOINT), target = slot();
    struct tine_values v;

    expect("cap_move: no source", tine_cap_move(0, target, nothing()), TINE_ERR_CAP);
    expect("cap_move: into no cspace", tine_cap_move(endpoint, target, endpoint), TINE_ERR_CAP);
    expect("cap_move: onto itself", tine_cap_move(0, endpoint, endpoint), TINE_ERR_SLOT);
    expect("cap_move: slot 0", tine_cap_move(0, 0, endpoint), TINE_ERR_SLOT);
    expect("cap_move: works", tine_cap_move(0, target, endpoint), 0);
    expect("cap_move: it is gone there", tine_identify(endpoint, &v), TINE_ERR_CAP);
    expect("cap_move: it is here", tine_identify(target, &v), 0);
}

static void remove(void)
{
    cap_t endpoint = make(TINE_KIND_ENDPOINT), child = with(endpoint, TINE_ALL), grandchild = with(child, TINE_READ);
    cap_t sibling = with(endpoint, TINE_READ);
    struct tine_values v;

    expect("cap_delete: no capability", tine_cap_delete(nothing()), TINE_ERR_CAP);
    expect("cap_revoke: no capability", tine_cap_revoke(nothing()), TINE_ERR_CAP);
    expect("cap_revoke: works", tine_cap_revoke(child), 0);
    expect("cap_revoke: what was derived is gone", tine_identify(grandchild, &v), TINE_ERR_CAP);
    expect("cap_revoke: itself stays", tine_identify(child, &v), 0);
    expect("cap_revoke: its sibling stays", tine_identify(sibling, &v), 0);
    grandchild = with(child, TINE_READ);
    expect("cap_delete: works", tine_cap_delete(child), 0);
    expect("cap_delete: what was derived stays", tine_identify(grandchild, &v), 0);
    expect("cap_revoke: from above the deleted one", tine_cap_revoke(endpoint), 0);
    expect("cap_revoke: reaches what is below it", tine_identify(grandchild, &v), TINE_ERR_CAP);
}

/* The last capability takes the object along, and a capability space all that is in it. */
static void last(void)
{
    struct tine_values before, after;
    cap_t cspace = make(TINE_KIND_CSPACE), space;

    tine_pool_balance(pool, &before);
    space = make(TINE_KIND_SPACE);
    tine_space_zero(space, 0, 16, TINE_PROT_READ);
    expect("cap_move: into another cspace", tine_cap_move(cspace, 3, space), 0);
    expect("destroy: a cspace", tine_destroy(cspace), 0);
    tine_pool_balance(pool, &after);
    expect_that("destroy: the last capability took its space along", after.a1 < before.a1);
}

void test_cspaces(void)
{
    copy();
    move();
    remove();
    last();
}
