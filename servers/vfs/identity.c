/* What of a client outlives it. */
#include "servers/vfs/identity.h"
#include <stdlib.h>

struct identity *identity_of(struct client *client)
{
    struct identity *identity = client->identity;

    if (identity || !(identity = calloc(1, sizeof(*identity))))
        return identity;
    identity->refs = 1;
    identity->number = client->number;
    identity->ended = client->zombie;
    wait_queue_init(&identity->end);
    wait_queue_init(&identity->signals);
    client->identity = identity;
    return identity;
}

void identity_put(struct identity *identity)
{
    if (--identity->refs)
        return;
    wait_queue_close(&identity->end);
    free(identity);
}

void identity_ended(struct client *client)
{
    struct identity *identity = client->identity;

    if (!identity)
        return;
    identity->ended = true;
    wait_wake(&identity->end);
    wait_queue_close(&identity->signals);
}

void identity_gone(struct client *client)
{
    if (!client->identity)
        return;
    client->identity->gone = true;
    wait_wake(&client->identity->end);
    identity_put(client->identity);
    client->identity = NULL;
}
