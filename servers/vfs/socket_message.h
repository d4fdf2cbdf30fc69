/* Sending to and receiving from sockets: what all the calls for that come down to. */
#ifndef VFS_SOCKET_MESSAGE_H
#define VFS_SOCKET_MESSAGE_H

#include "servers/vfs/socket.h"

struct message {
    struct transfer t;    /* the bytes */
    uint64_t name;        /* an address in the client, 0 none */
    uint64_t name_len;    /* sending: its length; receiving by recvfrom: where its length is, 0 none */
    uint64_t control;     /* control messages in the client */
    uint64_t control_len; /* bytes of them, or room */
    uint64_t header;      /* struct msghdr in the client, whose fields receiving fills; 0 none */
    unsigned flags;       /* MSG_* asked for */
    unsigned said;        /* MSG_* told about what was received */
    bool at_once;         /* what does not fit is not waited for (sendmmsg) */
};

/* Bytes moved in this run, -errno, -EFAULT with no effect, or DEFERRED. */
long message_send(struct client *self, struct call *call, struct file *file, struct message *m);
long message_receive(struct client *self, struct call *call, struct file *file, struct message *m);

#endif
