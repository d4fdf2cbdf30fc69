/* Control messages, cmsg(3): descriptors and credentials beside the bytes. */
#ifndef VFS_SOCKET_CONTROL_H
#define VFS_SOCKET_CONTROL_H

#include "servers/vfs/socket_message.h"

/* What goes with a message besides its bytes. */
struct company {
    struct ucred_ cred;
    struct rights *rights;
};

/* Of the message to be sent: 0 or an error. Then rights are to be put, unless they were sent. */
long control_fetch(struct client *self, struct call *call, const struct message *m, struct company *company);

/* Descriptors that a receiver was given and that it loses if the call does not come to its end. */
struct given {
    unsigned count;
    int fds[RIGHTS_MOST];
};

/*
 * Gives the packet's company to the receiver: its descriptors are installed (noted in given) and the control messages
 * written; m->said may become MSG_CTRUNC, m->control_len the bytes written. packet NULL: no company. 0, -EFAULT.
 */
long control_store(struct client *self, struct call *call, const struct socket *sock, const struct packet *packet,
                   struct message *m, struct given *given);
void given_back(struct client *self, const struct given *given);

#endif
