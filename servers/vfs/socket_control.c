/* Control messages: taken apart when sending, put together when receiving. */
#include "servers/vfs/socket_control.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/numbers.h"
#include "servers/vfs/users.h"

#define SOL_SOCKET_ 1
enum { SCM_RIGHTS_ = 1, SCM_CREDENTIALS_ = 2 };
#define CONTROL_MOST 4096U

/* struct cmsghdr of a 64-bit Linux: its data follow, aligned to 8. */
struct control {
    uint64_t len; /* with this header */
    int32_t level, type;
};

static size_t aligned(size_t len)
{
    return (len + 7) & ~7UL;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/* Anyone may show ids that it has; others only with rights. */
static long check_cred(const struct client *self, const struct ucred_ *cred)
{
    const struct vfs_cred *own = &self->cred;

    if (own->override)
        return 0;
    if (cred->pid != (int32_t)self->number || (cred->uid != own->uid && cred->uid != own->euid) ||
        (cred->gid != own->gid && cred->gid != own->egid))
        return -EPERM;
    return 0;
}

static long control_one(struct client *self, const struct control *c, struct company *company)
{
    size_t len = c->len - sizeof(*c);

    if (c->type == SCM_CREDENTIALS_) {
        if (len != sizeof(company->cred))
            return -EINVAL;
        memcpy(&company->cred, c + 1, sizeof(company->cred));
        company->cred.pid = (int32_t)client_number_in(self, (uint32_t)company->cred.pid);
        company->cred.uid = uid_in(self, company->cred.uid);
        company->cred.gid = gid_in(self, company->cred.gid);
        if (company->cred.uid == -1U || company->cred.gid == -1U)
            return -EINVAL;
        return check_cred(self, &company->cred);
    }
    if (c->type != SCM_RIGHTS_ || company->rights)
        return -EINVAL;
    return len < sizeof(int) ? 0 : rights_new(self, (const int *)(c + 1), (unsigned)(len / sizeof(int)), &company->rights);
}

long control_fetch(struct client *self, struct call *call, const struct message *m, struct company *company)
{
    static char buffer[CONTROL_MOST] __attribute__((aligned(8)));
    long err;

    /* What comes with a message bears the real ids, a socket's own credentials the effective ones. */
    company->cred = (struct ucred_){ (int32_t)self->number, self->cred.uid, self->cred.gid };
    company->rights = NULL;
    if (!m->control || !m->control_len || (self->resumed && self->resumed->done))
        return 0;
    if (m->control_len > sizeof(buffer))
        return -ENOBUFS;
    err = copy_in(self, call, buffer, m->control, m->control_len);
    for (size_t at = 0; !err && at + sizeof(struct control) <= m->control_len;) {
        const struct control *c = (const struct control *)(buffer + at);

        if (c->len < sizeof(*c) || c->len > m->control_len - at)
            err = -EINVAL;
        else if (c->level == SOL_SOCKET_)
            err = control_one(self, c, company);
        at += aligned(c->len);
    }
    if (err)
        rights_put(company->rights);
    return err;
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

/* Control messages being written to the client. */
struct writer {
    struct client *self;
    struct call *call;
    struct message *m;
    size_t at;
};

/* What does not fit is cut. */
static long write_one(struct writer *w, int type, const void *data, size_t len)
{
    struct control c = { sizeof(c) + len, SOL_SOCKET_, type };
    size_t room = w->m->control_len - w->at;
    long err;

    if (room < sizeof(c)) {
        w->m->said |= MSG_CTRUNC_;
        return 0;
    }
    if (c.len > room) {
        w->m->said |= MSG_CTRUNC_;
        c.len = room;
    }
    if ((err = copy_out(w->self, w->call, w->m->control + w->at, &c, sizeof(c))) ||
        (err = copy_out(w->self, w->call, w->m->control + w->at + sizeof(c), data, c.len - sizeof(c))))
        return err;
    w->at += aligned(c.len) < room ? aligned(c.len) : room;
    return 0;
}

/* As the receiver calls the sender. */
static long write_cred(struct writer *w, const struct ucred_ *cred)
{
    struct ucred_ seen = *cred;

    seen.pid = (int32_t)client_number_out(w->self, (uint32_t)cred->pid);
    seen.uid = uid_out(w->self, cred->uid);
    seen.gid = gid_out(w->self, cred->gid);
    return write_one(w, SCM_CREDENTIALS_, &seen, sizeof(seen));
}

/* As many descriptors as there is room for, in the buffer and in the table; the others are lost. */
static void install(struct client *self, const struct rights *rights, size_t room, struct message *m, struct given *given)
{
    bool cloexec = m->flags & MSG_CMSG_CLOEXEC_;
    unsigned most = room < sizeof(struct control) ? 0 : (unsigned)((room - sizeof(struct control)) / sizeof(int));

    for (unsigned i = 0; i < rights->count && i < most; i++) {
        long fd = file_install(self, file_ref(rights->files[i]), 0, cloexec);

        if (fd < 0)
            break;
        given->fds[given->count++] = (int)fd;
    }
    if (given->count < rights->count)
        m->said |= MSG_CTRUNC_;
}

long control_store(struct client *self, struct call *call, const struct socket *sock, const struct packet *packet,
                   struct message *m, struct given *given)
{
    struct writer w = { self, call, m, 0 };
    long err = 0;

    given->count = 0;
    if (!m->control)
        m->control_len = 0;
    if (packet && sock->passcred)
        err = write_cred(&w, &packet->cred);
    if (!err && packet && packet->rights) {
        install(self, packet->rights, m->control_len - w.at, m, given);
        if (given->count)
            err = write_one(&w, SCM_RIGHTS_, given->fds, given->count * sizeof(int));
    }
    if (err)
        given_back(self, given);
    m->control_len = w.at;
    return err;
}

void given_back(struct client *self, const struct given *given)
{
    for (unsigned i = 0; i < given->count; i++)
        file_close(self, (unsigned)given->fds[i]);
}
