/* Clients by number, and copies to and from a waiting client's memory. */
#include "servers/vfs/client.h"
#include "servers/vfs/cgroupfs.h"
#include "servers/vfs/file.h"
#include "servers/vfs/handle.h"
#include "servers/vfs/identity.h"
#include "servers/vfs/nsfs.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/part.h"
#include "servers/vfs/path.h"
#include <stdlib.h>
#include <string.h>

struct client **client_leaf[CLIENT_LAST >> CLIENT_LEAF_BITS];
static uint32_t numbers_end; /* nobody has had a number from here on */
static struct client *idle; /* linked through `resumed`: hot in every fork */
struct client client_boot = { .fsize_limit = ~0UL, .nofile = 1024, .cred = { .override = 1, .rights = ~0U } };

struct client *client_next(uint32_t from)
{
    for (uint32_t number = from; number < numbers_end; number++) {
        struct client **clients = client_leaf[number >> CLIENT_LEAF_BITS];

        if (!clients)
            number |= CLIENT_LEAF - 1;
        else if (clients[number & (CLIENT_LEAF - 1)])
            return clients[number & (CLIENT_LEAF - 1)];
    }
    return NULL;
}

static struct client *client_take(void)
{
    struct client *client = idle;

    if (client)
        idle = (struct client *)client->resumed;
    else
        client = malloc(sizeof(*client));
    return client;
}

static void client_give(struct client *client)
{
    client->resumed = (struct waiter *)idle;
    idle = client;
}

/* The slot of `number`, NULL if the number is out of range or memory is exhausted. */
static struct client **slot_of(uint32_t number)
{
    struct client ***clients = &client_leaf[number >> CLIENT_LEAF_BITS];

    if (!number || number >= CLIENT_LAST)
        return NULL;
    if (!*clients && (*clients = calloc(CLIENT_LEAF, sizeof(**clients))) && number >= numbers_end)
        numbers_end = (number | (CLIENT_LEAF - 1)) + 1;
    return *clients ? *clients + (number & (CLIENT_LEAF - 1)) : NULL;
}

/* Groups beyond ngroups are not read by anyone, so not copied either. */
static void cred_copy(struct vfs_cred *to, const struct vfs_cred *from)
{
    memcpy(to, from, offsetof(struct vfs_cred, groups) + from->ngroups * sizeof(from->groups[0]));
}

static struct files *files_of_child(struct client *parent, unsigned flags)
{
    if (flags & VFS_NO_FILES)
        return files_new();
    return flags & VFS_SHARE_FILES ? files_share(parent->files) : files_copy(parent->files);
}

/* What a child has of its parent besides tables and program. */
static void client_inherit(struct client *child, const struct client *parent, uint32_t number)
{
    child->number = number;
    child->born = node_version_next();
    child->resumed = NULL;
    child->fault_len = 0;
    child->sid = parent->sid;
    child->pgrp = parent->pgrp;
    child->leader = false;
    child->zombie = false;
    child->waived = 0;
    child->identity = NULL;
    child->numbers = NULL;
    child->users = parent->users;
    child->fsize_limit = parent->fsize_limit;
    child->nofile = parent->nofile;
    LIST_INIT(&child->waiters);
    LIST_INIT(&child->parts);
    memcpy(child->namespaces, parent->namespaces, sizeof(child->namespaces));
    cred_copy(&child->cred, &parent->cred);
}

long tables_fork(struct client *from, unsigned flags, struct files **files, struct fs_context **fs)
{
    *files = files_of_child(from, flags);
    *fs = flags & VFS_SHARE_FS ? fs_context_share(from->fs) : fs_context_copy(from->fs);
    if (*files && *fs)
        return 0;
    if (*files)
        files_put(*files, from);
    if (*fs)
        fs_context_put(*fs);
    return -ENOMEM;
}

long client_fork(struct client *from, uint32_t number, unsigned flags)
{
    struct client *child;
    struct client **slot = slot_of(number);

    if (from->zombie)
        return -ESRCH;
    if (!slot)
        return -EAGAIN;
    if (*slot)
        return -EEXIST;
    child = client_take();
    if (!child)
        return -ENOMEM;
    if (tables_fork(from, flags, &child->files, &child->fs)) {
        client_give(child);
        return -ENOMEM;
    }
    client_inherit(child, from, number);
    child->exe = flags & VFS_NO_FILES ? 0 : from->exe;
    if (child->exe)
        exe_ref(child->exe);
    *slot = child;
    return 0;
}

/* The table of those who have ended: no descriptors. */
static struct files nothing = { .refs = 1 };

/* Gives up what the client holds; then it has nothing, in a form that may be looked at. */
static void client_end(struct client *client)
{
    if (client->zombie)
        return;
    wait_forget(client);
    if (!LIST_EMPTY(&client->parts))
        parts_end(client);
    files_put(client->files, client);
    fs_context_put(client->fs);
    if (client->exe)
        exe_put(client->exe);
    if (client->leader)
        tty_session_end(client->sid);
    client->files = &nothing;
    client->fs = client_boot.fs;
    client->exe = 0;
    client->zombie = true;
    identity_ended(client);
}

void client_exit(struct client *client)
{
    *slot_of(client->number) = NULL;
    client_end(client);
    identity_gone(client);
    numbers_forget(client);
    client_give(client);
}

long client_zombie(uint32_t number)
{
    struct client *client = client_find(number);
    struct client **slot = slot_of(number);

    if (client) {
        client_end(client);
        return 0;
    }
    client = slot ? client_take() : NULL;
    if (!client)
        return -ENOMEM;
    *client = (struct client){ .number = number, .files = &nothing, .fs = client_boot.fs, .zombie = true };
    LIST_INIT(&client->waiters);
    LIST_INIT(&client->parts);
    *slot = client;
    return 0;
}

/* ---- memory of a client ------------------------------------------------------------------------------------------ */

/* Notes what a failed copy lacked. A caller that is gone (killed while it waited) is answered nothing: any errno does.
 * */
static long copy_failed(struct client *self, err_t err, uint64_t addr, size_t len, size_t done, unsigned prot)
{
    if (err == TINE_ERR_STATE || err == TINE_ERR_GONE)
        return -EINTR;
    self->fault_addr = addr + done;
    self->fault_len = err == TINE_ERR_FAULT && done < len ? len - done : 0;
    self->fault_prot = prot;
    return -EFAULT;
}

/* More than the kernel copies in one operation. */
static long copy_long(struct client *self, struct call *call, char *mine, uint64_t theirs, size_t len, bool in)
{
    for (size_t at = 0, piece; at < len; at += piece) {
        size_t done;
        err_t err;

        piece = len - at < TINE_COPY_MOST ? len - at : TINE_COPY_MOST;
        err = in ? tine_reply_read(call->reply, theirs + at, mine + at, piece, &done)
                 : tine_reply_write(call->reply, theirs + at, mine + at, piece, &done);
        if (err)
            return copy_failed(self, err, theirs, len, at + done, in ? TINE_PROT_READ : TINE_PROT_WRITE);
    }
    return 0;
}

long copy_in(struct client *self, struct call *call, void *to, uint64_t from, size_t len)
{
    size_t done;
    err_t err;

    if (__builtin_expect(len > TINE_COPY_MOST, 0))
        return copy_long(self, call, to, from, len, true);
    err = tine_reply_read(call->reply, from, to, len, &done);
    return __builtin_expect(!err, 1) ? 0 : copy_failed(self, err, from, len, done, TINE_PROT_READ);
}

long copy_out(struct client *self, struct call *call, uint64_t to, const void *from, size_t len)
{
    size_t done;
    err_t err;

    if (__builtin_expect(len > TINE_COPY_MOST, 0))
        return copy_long(self, call, (char *)from, to, len, false);
    err = tine_reply_write(call->reply, to, from, len, &done);
    return __builtin_expect(!err, 1) ? 0 : copy_failed(self, err, to, len, done, TINE_PROT_WRITE);
}

/* Whether this run of a call is answered by the loop, where a copy can ride on the answer. */
static bool answers_now(const struct client *self, size_t len)
{
    return !self->resumed && len <= TINE_COPY_MOST;
}

long answer_out(struct client *self, struct call *call, uint64_t to, const void *from, size_t len)
{
    if (!answers_now(self, len))
        return copy_out(self, call, to, from, len);
    self->advanced = NULL;
    return call_copy(call, 0, to, from, len);
}

/* Copies once more, to learn where it fails. */
long answer_failed(struct call *call, err_t err)
{
    struct client *self = client_of_badge(call->m.badge);
    long value = (long)call->m.w[0], failed;

    (void)err;
    failed = copy_out(self, call, call->m.w[1], (const void *)call->m.w[2], call->m.w[3]);
    if (!failed)
        return value;
    if (self->advanced)
        *self->advanced -= (uint64_t)value;
    return self->fault_len ? call_fault(call, self->fault_addr, self->fault_prot, self->fault_len) : failed;
}

/* Bytes to fetch next: short at first, as paths are, and never over the end of a page, whose neighbour may be absent.
 * */
static size_t string_piece(uint64_t from, size_t room)
{
    size_t piece = TINE_PAGE_SIZE - (from & (TINE_PAGE_SIZE - 1));

    if (piece > 128)
        piece = 128;
    return piece < room ? piece : room;
}

long copy_in_string(struct client *self, struct call *call, char *to, uint64_t from, size_t size)
{
    size_t len = 0;

    while (len < size) {
        size_t piece = string_piece(from + len, size - len);
        long err = copy_in(self, call, to + len, from + len, piece);
        char *end;

        if (err)
            return err;
        end = memchr(to + len, 0, piece);
        if (end)
            return end - to;
        len += piece;
    }
    return -ENAMETOOLONG;
}

void transfer_skip(struct transfer *t, size_t n)
{
    t->left -= n;
    if (t->local) {
        t->local += n;
        return;
    }
    while (n >= t->len && t->nmore) {
        n -= t->len;
        t->addr = t->more->base;
        t->len = t->more->len;
        t->more++;
        t->nmore--;
    }
    t->addr += n;
    t->len -= n;
}

/* One move that crosses segments: copies piece by piece and moves on only when all has come. */
static long transfer_pieces(struct transfer *t, char *mine, size_t n, bool in)
{
    struct transfer ahead = *t;

    while (n) {
        size_t piece = n < ahead.len ? n : ahead.len;
        long err = 0;

        if (piece)
            err = in ? copy_in(t->client, t->call, mine, ahead.addr, piece)
                     : copy_out(t->client, t->call, ahead.addr, mine, piece);
        if (err)
            return err;
        transfer_skip(&ahead, piece);
        mine += piece;
        n -= piece;
    }
    *t = ahead;
    return 0;
}

static long transfer_local(struct transfer *t, void *to, const void *from, size_t n)
{
    memcpy(to, from, n);
    transfer_skip(t, n);
    return 0;
}

long transfer_in_pieces(struct transfer *t, void *to, size_t n)
{
    return t->local ? transfer_local(t, to, t->local, n) : transfer_pieces(t, to, n, true);
}

long transfer_out_pieces(struct transfer *t, const void *from, size_t n)
{
    return t->local ? transfer_local(t, t->local, from, n) : transfer_pieces(t, (char *)from, n, false);
}

long transfer_answer(struct transfer *t, const void *from, size_t n, uint64_t *offset)
{
    long err;

    if (!t->local && n <= t->len && answers_now(t->client, n)) {
        t->client->advanced = t->fd < 0 ? NULL : offset;
        if (offset)
            *offset += n;
        return call_copy(t->call, (long)n, t->addr, from, n);
    }
    err = transfer_out(t, from, n);
    if (err)
        return err;
    if (offset)
        *offset += n;
    return (long)n;
}

/* ---- towards proc ------------------------------------------------------------------------------------------------ */

long client_signal(struct client *self, struct call *call, int sig, long result, enum proc_signal_to to)
{
    if (result < 0 && result != PROC_RESULT_RESTART && self->resumed && self->resumed->done)
        result = (long)self->resumed->done;
    call->m.w[0] = (unsigned long)sig;
    call->m.w[1] = (unsigned long)result;
    call->m.w[2] = to;
    return call_forward(call, 0, PROC_LABEL_SIGNAL);
}

/* ---- events: what proc fetches by vfs_event ---------------------------------------------------------------------- */

#define EVENTS 64

static struct event {
    enum vfs_event_kind kind;
    int sig;
    uint32_t number;
} events[EVENTS];
static unsigned events_first, events_count;

void event_post(enum vfs_event_kind kind, int sig, uint32_t number)
{
    if (events_count == EVENTS) {
        events_first = (events_first + 1) % EVENTS;
        events_count--;
    }
    events[(events_first + events_count++) % EVENTS] = (struct event){ kind, sig, number };
    tine_signal(ROOT_VFS_PROC_EVENTS, PROC_EVENT_VFS);
}

enum vfs_event_kind event_take(int *sig, uint32_t *number)
{
    struct event *event = &events[events_first];

    if (!events_count)
        return nsfs_released(number)     ? VFS_NS_RELEASED
               : cgroupfs_removed(number) ? VFS_CGROUP_REMOVED
                                          : VFS_NO_EVENT;
    *sig = event->sig;
    *number = event->number;
    events_first = (events_first + 1) % EVENTS;
    events_count--;
    return event->kind;
}
