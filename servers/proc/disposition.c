/*
 * What a process does about each signal: signals_fork, signals_action, signals_set_action. Pure.
 *
 * Invariants: a table of actions that several processes have is never written; without a table all actions are plain;
 * `ignored` and `caught` say of every signal what its entry says.
 */
#include "servers/proc/cache.h"
#include "servers/proc/deliver.h"
#include "servers/protocol/linux.h"
#include <string.h>

static struct cache tables = CACHE(struct signal_actions, 4);

static void actions_put(struct signal_actions *actions)
{
    if (actions && --actions->refs == 0)
        cache_give(&tables, actions);
}

void signals_init(struct signals *s)
{
    memset(s, 0, sizeof(*s));
    s->ring = s;
    pending_init(&s->pending);
}

void signals_fork(struct signals *child, struct signals *parent, bool share)
{
    child->ignored = parent->ignored;
    child->caught = parent->caught;
    child->actions = parent->actions;
    if (child->actions)
        child->actions->refs++;
    child->ring = child;
    if (share) {
        child->ring = parent->ring;
        parent->ring = child;
    }
    pending_init(&child->pending);
    child->stopped = child->stop_report = 0;
    child->continue_report = false;
    child->watched = parent->watched;
}

/* The others of the ring have what this one has. */
static void ring_follow(struct signals *s)
{
    for (struct signals *other = s->ring; other != s; other = other->ring) {
        actions_put(other->actions);
        other->actions = s->actions;
        if (other->actions)
            other->actions->refs++;
        other->ignored = s->ignored;
        other->caught = s->caught;
    }
}

void signals_leave_ring(struct signals *s)
{
    struct signals *before = s;

    while (before->ring != s)
        before = before->ring;
    before->ring = s->ring;
    s->ring = s;
}

void signals_clear_handlers(struct signals *s)
{
    s->caught = 0;
    actions_put(s->actions);
    s->actions = NULL;
}

void signals_free(struct signals *s)
{
    signals_leave_ring(s);
    signals_clear_handlers(s);
    pending_drop(&s->pending, ~0UL);
}

static uint64_t plain_handler(const struct signals *s, int sig)
{
    return s->ignored & SIGMASK(sig) ? (uint64_t)SIG_IGN : (uint64_t)SIG_DFL;
}

void signals_action(const struct signals *s, int sig, struct signal_action *action)
{
    if (s->actions)
        *action = s->actions->action[sig - 1];
    else
        *action = (struct signal_action){ .handler = plain_handler(s, sig) };
}

/* The table, there and this process's alone (or its ring's); NULL if memory is exhausted. */
static struct signal_actions *actions_own(struct signals *s)
{
    struct signal_actions *own;

    if (s->actions && s->actions->refs == 1)
        return s->actions;
    own = cache_take(&tables);
    if (!own)
        return NULL;
    if (s->actions) {
        *own = *s->actions;
        actions_put(s->actions);
    } else {
        memset(own, 0, sizeof(*own));
        for (int sig = 1; sig <= SIGNALS; sig++)
            own->action[sig - 1].handler = plain_handler(s, sig);
    }
    own->refs = 1;
    s->actions = own;
    return own;
}

long signals_set_action(struct signals *s, int sig, const struct signal_action *action)
{
    bool plain = action->handler <= (uint64_t)SIG_IGN && !action->flags && !action->mask;
    sigmask_t mask = SIGMASK(sig);

    if (s->actions || !plain) {
        struct signal_actions *own = actions_own(s);

        if (!own)
            return -ENOMEM;
        own->action[sig - 1] = *action;
    }
    s->ignored &= ~mask;
    s->caught &= ~mask;
    if (action->handler == (uint64_t)SIG_IGN)
        s->ignored |= mask;
    else if (action->handler != (uint64_t)SIG_DFL)
        s->caught |= mask;
    ring_follow(s);
    return 0;
}

uint64_t signals_flags(const struct signals *s, int sig)
{
    return s->actions ? s->actions->action[sig - 1].flags : 0;
}

bool signals_no_zombies(const struct signals *s)
{
    return (s->ignored & SIGMASK(SIGCHLD)) || (signals_flags(s, SIGCHLD) & SA_NOCLDWAIT);
}
