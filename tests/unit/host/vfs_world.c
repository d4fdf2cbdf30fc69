/* See vfs_world.h. */
#include "vfs_world.h"
#include "libc/server.h"
#include "servers/vfs/buffer.h"
#include "servers/vfs/cache.h"
#include "servers/vfs/file.h"
#include "servers/vfs/mount.h"
#include "servers/vfs/tty.h"
#include <stdlib.h>
#include <string.h>

uint64_t absent = 0, absent_end = 4096, present_end = ~0UL;
uint64_t present;
size_t pages_limit = 1000, pages_used;
long answer[256];
bool answered[256];
struct tine_message forwarded;
unsigned forwards, signals_sent;
cap_t passed;
unsigned long answer_words[6];
uint64_t world_ticks = 1000;

/* ---- the kernel and libc/server.c -------------------------------------------------------------------------------- */

static size_t reachable(uint64_t addr, size_t len)
{
    if (addr < present || addr >= present_end)
        return 0;
    if (len > present_end - addr)
        len = present_end - addr;
    if (addr + len <= absent || addr >= absent_end)
        return len;
    return addr < absent ? absent - addr : 0;
}

/* Clients may pass what is no object of C: paths are read to the end of a piece, not of the string. */
__attribute__((no_sanitize_address)) static void
copy(volatile char *to, const volatile char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

err_t tine_reply_read(cap_t reply, uint64_t theirs, void *mine, size_t len, size_t *done)
{
    *done = reachable(theirs, len);
    copy(mine, (const char *)theirs, *done);
    return *done < len ? TINE_ERR_FAULT : 0;
}

err_t tine_reply_write(cap_t reply, uint64_t theirs, const void *mine, size_t len, size_t *done)
{
    *done = reachable(theirs, len);
    copy((char *)theirs, mine, *done);
    return *done < len ? TINE_ERR_FAULT : 0;
}

err_t tine_pool_balance(cap_t pool, struct tine_values *v)
{
    *v = (struct tine_values){ pages_used, pages_limit - pages_used, 0 };
    return 0;
}

err_t tine_signal(cap_t notification, uint64_t bits)
{
    signals_sent++;
    return 0;
}

uint64_t tine_time(void)
{
    return world_ticks;
}

int64_t now_ns(void)
{
    return (int64_t)world_ticks++ * 1000;
}

static cap_t replies = 10, idle[256];
static unsigned idle_count;

cap_t reply_take(void)
{
    return idle_count ? idle[--idle_count] : replies < 255 ? replies++ : 0;
}

void reply_give(cap_t reply)
{
    if (reply)
        idle[idle_count++] = reply;
}

/* The copy that rides on an answer. */
static err_t answer_copy(cap_t reply, const struct tine_message *m)
{
    size_t done;

    return tine_reply_write(reply, m->w[1], (const void *)m->w[2], m->w[3], &done);
}

err_t tine_reply(cap_t reply, enum tine_answer how, long status, struct tine_message *m, cap_t *pass)
{
    err_t err = how == TINE_ANSWER_COPY ? answer_copy(reply, m) : 0;

    if (err)
        return err;
    answer[reply] = how == TINE_ANSWER_RESTART ? RESTARTED : (long)m->w[0];
    answered[reply] = true;
    return 0;
}

long call_forward(struct call *call, cap_t endpoint, long label)
{
    forwarded = call->m;
    forwarded.label = label;
    forwards++;
    return DEFERRED;
}

long call_fault(struct call *call, uint64_t addr, unsigned prot, size_t len)
{
    call->m.w[0] = addr;
    call->m.w[1] = prot;
    call->m.w[2] = 0;
    call->m.w[3] = len;
    return call_forward(call, 0, TINE_LABEL_FAULT);
}

long call_answer_cap(struct call *call, long value, cap_t pass)
{
    passed = pass;
    return DEFERRED;
}

err_t timeouts_start(cap_t pool, cap_t notification, uint64_t bits, uint64_t timebase_hz)
{
    return 0;
}

void timeout_add(struct timeout *t, uint64_t when, void (*expired)(struct timeout *t))
{
    t->when = when;
    t->expired = expired;
}

void timeout_remove(struct timeout *t)
{
    t->when = 0;
}

/* ---- terminals: there are none ----------------------------------------------------------------------------------- */

long console_open(struct file *file, struct client *self)
{
    return -ENXIO;
}

long tty_open_controlling(struct file *file, struct client *self)
{
    return -ENXIO;
}

long pty_open_master(struct file *file, struct client *self)
{
    return -ENXIO;
}

long pty_open_slave(struct file *file, struct client *self, unsigned index)
{
    return -ENXIO;
}

struct filesystem *devpts(void)
{
    return NULL;
}

void tty_session_end(uint32_t sid)
{
}

long tty_of_client(const struct client *client)
{
    return 0;
}

/* ---- pages of pipes ---------------------------------------------------------------------------------------------- */

char *buffer_take(void)
{
    return malloc(TINE_PAGE_SIZE);
}

void buffer_give(char *page)
{
    free(page);
}

/* ---- file pages -------------------------------------------------------------------------------------------------- */


/* One chunk a page: `index` is the page's number. */
static struct chunk *page_at(struct pages *pages, uint64_t n)
{
    struct chunk *chunk = pages->last;

    while (chunk && chunk->index != n)
        chunk = chunk->entry.rbe_left;
    return chunk;
}

struct pages *pages_new(void)
{
    return calloc(1, sizeof(struct pages));
}

uint64_t pages_drop(struct pages *pages, uint64_t n, uint64_t end)
{
    struct chunk **at = &pages->last, *gone;
    uint64_t dropped = 0;

    while ((gone = *at)) {
        if (gone->index < n || gone->index >= end) {
            at = &gone->entry.rbe_left;
            continue;
        }
        *at = gone->entry.rbe_left;
        free(gone->window);
        free(gone);
        dropped++;
    }
    pages->count -= dropped;
    pages_used -= dropped;
    return dropped;
}

void pages_free(struct pages *pages)
{
    pages_drop(pages, 0, ~0UL);
    free(pages);
}

char *pages_find(struct pages *pages, uint64_t n, unsigned *run)
{
    struct chunk *chunk = page_at(pages, n);

    *run = 1;
    return chunk ? chunk->window : NULL;
}

long pages_make(struct pages *pages, uint64_t n, uint64_t npages, uint64_t *made)
{
    for (uint64_t end = n + npages; n < end; n++) {
        struct chunk *chunk;

        if (page_at(pages, n))
            continue;
        if (pages_used == pages_limit)
            return -ENOSPC;
        chunk = calloc(1, sizeof(*chunk));
        chunk->index = n;
        chunk->window = calloc(1, TINE_PAGE_SIZE);
        chunk->entry.rbe_left = pages->last;
        pages->last = chunk;
        pages->count++;
        pages_used++;
        ++*made;
    }
    return 0;
}

uint64_t pages_seek(struct pages *pages, uint64_t n, bool data)
{
    uint64_t found = ~0UL;

    if (!data) {
        while (page_at(pages, n))
            n++;
        return n;
    }
    for (struct chunk *chunk = pages->last; chunk; chunk = chunk->entry.rbe_left)
        if (chunk->index >= n && chunk->index < found)
            found = chunk->index;
    return found;
}

cap_t pages_cap(struct pages *pages, bool writable)
{
    if (writable)
        pages->writer = 201;
    return writable ? 201 : 200;
}

/* ---- the test's side --------------------------------------------------------------------------------------------- */

void world_start(void)
{
    ticks_rate(10000000);
    mounts_start();
    client_boot.files = files_new();
    devfs_fill("/dev");
    client_fork(&client_boot, 1, 0);
}

static long deliver(badge_t badge, cap_t *reply, long label, const uint64_t *w)
{
    struct call call = { .m = { .badge = badge, .label = label }, .reply = reply_take() };
    cap_t held = call.reply;
    long outcome;

    for (int i = 0; i < 6; i++)
        call.m.w[i] = w[i];
    if (reply)
        *reply = held;
    answered[held] = false;
    outcome = dispatch(&call);
    if (outcome == ANSWER_COPY) {
        err_t err = answer_copy(call.reply, &call.m);

        outcome = err ? answer_failed(&call, err) : (long)call.m.w[0];
    }
    memcpy(answer_words, call.m.w, sizeof(answer_words));
    reply_give(call.reply);
    return outcome;
}

long call_words(uint32_t client, cap_t *reply, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                uint64_t f)
{
    return deliver(VFS_BADGE(client, 1), reply, number, (uint64_t[6]){ a, b, c, d, e, f });
}

long proc_says(long label, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    return deliver(VFS_BADGE_PROC, NULL, label, (uint64_t[6]){ a, b, c, d, e, 0 });
}
