/* Messages: who may call and receive; reply objects; forwarding; waiting for what is destroyed. */
#include "hostile.h"

static cap_t endpoint, reply; /* of the test at hand */

/* What a spawned client was answered, or -1 while it waits. */
static volatile long client_status, client_value;

static void client(unsigned long label)
{
    struct tine_message m = { .label = (long)label, .w = { 1, 2, 3, 4, 5, 6 } };

    client_status = -1;
    client_status = tine_call(endpoint, &m);
    client_value = (long)m.w[0];
}

static void fresh(void)
{
    endpoint = make(TINE_KIND_ENDPOINT);
    reply = make(TINE_KIND_REPLY);
}

static void calling(void)
{
    struct tine_message m = { 0 };

    fresh();
    expect("call: no capability", tine_call(nothing(), &m), TINE_ERR_CAP);
    expect("call: another kind", tine_call(other(TINE_KIND_ENDPOINT), &m), TINE_ERR_CAP);
    expect("call: without WRITE", tine_call(with(endpoint, TINE_READ), &m), TINE_ERR_RIGHTS);
    expect("receive: another kind", tine_receive(other(TINE_KIND_ENDPOINT), reply, &m, NULL, 0), TINE_ERR_CAP);
    expect("receive: without READ", tine_receive(with(endpoint, TINE_WRITE), reply, &m, NULL, 0), TINE_ERR_RIGHTS);
    expect("receive: no reply object", tine_receive(endpoint, nothing(), &m, NULL, 0), TINE_ERR_CAP);
    expect("receive: a reply object of another kind", tine_receive(endpoint, endpoint, &m, NULL, 0), TINE_ERR_CAP);
    expect("reply_receive: another kind", tine_reply_receive(reply, reply, 0, 0, &m), TINE_ERR_CAP);
    expect("reply_receive: without READ", tine_reply_receive(with(endpoint, TINE_WRITE), reply, 0, 0, &m),
           TINE_ERR_RIGHTS);
    expect("reply: another kind", tine_reply(endpoint, TINE_ANSWER_VALUE, 0, &m, NULL), TINE_ERR_CAP);
    expect("reply: nobody held", tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL), TINE_ERR_STATE);
    expect("forward: another kind", tine_forward(endpoint, endpoint, &m), TINE_ERR_CAP);
    expect("forward: nobody held", tine_forward(reply, endpoint, &m), TINE_ERR_STATE);
    expect("reply_read: nobody held", tine_reply_read(reply, ROOM, &m, 1, NULL), TINE_ERR_STATE);
    expect("reply_write: nobody held", tine_reply_write(reply, ROOM, &m, 1, NULL), TINE_ERR_STATE);
    expect("reply_read: another kind", tine_reply_read(endpoint, ROOM, &m, 1, NULL), TINE_ERR_CAP);
}

/* A client is held; then everything that can be done to it is done wrongly. */
static void holding(void)
{
    struct tine_message m = { 0 };
    size_t done;
    long word = 0;

    fresh();
    spawn(client, 7);
    expect("receive: works", tine_receive(endpoint, reply, &m, NULL, 0), 0);
    expect_that("receive: label and words", m.label == 7 && m.w[0] == 1 && m.w[5] == 6 && m.badge == 0);
    expect("receive: the reply object holds a caller", tine_receive(endpoint, reply, &m, NULL, 0), TINE_ERR_STATE);
    expect("reply: no such answer", tine_reply(reply, 3, 0, &m, NULL), TINE_ERR_ARG);
    m.w[0] = TINE_DESTROY;
    expect("reply: an item that is none", tine_reply(reply, TINE_ANSWER_ITEM, 0, &m, NULL), TINE_ERR_ARG);
    m = (struct tine_message){ .w = { TINE_SPACE_ZERO, 1, 1, TINE_PROT_READ } };
    expect("reply: an item with a bad range", tine_reply(reply, TINE_ANSWER_ITEM, 0, &m, NULL), TINE_ERR_RANGE);
    expect("reply: without WRITE", tine_reply(with(reply, TINE_READ), TINE_ANSWER_VALUE, 0, &m, NULL), TINE_ERR_RIGHTS);
    expect("forward: to no endpoint", tine_forward(reply, reply, &m), TINE_ERR_CAP);
    expect("forward: without WRITE", tine_forward(reply, with(endpoint, TINE_READ), &m), TINE_ERR_RIGHTS);
    expect("forward: to a pager that is not there", tine_forward(reply, 0, &m), TINE_ERR_GONE);
    expect("reply_read: from nowhere", tine_reply_read(reply, NOWHERE, &word, 8, &done), TINE_ERR_FAULT);
    expect("reply_read: to nowhere", tine_reply_read(reply, (uintptr_t)&word, (void *)NOWHERE, 8, &done),
           TINE_ERR_FAULT);
    expect("reply_read: from the kernel's half", tine_reply_read(reply, ~0UL << 38, &word, 8, &done), TINE_ERR_FAULT);
    expect("reply_read: far too much", tine_reply_read(reply, (uintptr_t)&word, &word, 1UL << 40, &done), TINE_ERR_ARG);
    expect("reply_write: into text", tine_reply_write(reply, (uintptr_t)holding, &word, 8, &done), TINE_ERR_FAULT);
    expect("reply_read: without WRITE", tine_reply_read(with(reply, TINE_READ), (uintptr_t)&word, &word, 8, &done),
           TINE_ERR_RIGHTS);
    expect_that("messages: the client still waits", client_status == -1);
    m.w[0] = 42;
    expect("reply: works after all that", tine_reply(reply, TINE_ANSWER_VALUE, -5, &m, NULL), 0);
    expect_that("reply: status and value arrive", client_status == -5 && client_value == 42);
    expect("reply: only once", tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL), TINE_ERR_STATE);
}

/* Whoever waits learns of it when what it waits for is destroyed. */
static void waiting(void)
{
    struct tine_message m = { 0 };

    fresh();
    spawn(client, 1);
    tine_destroy(endpoint);
    expect_that("call: the endpoint is destroyed", client_status == TINE_ERR_GONE);
    fresh();
    spawn(client, 1);
    tine_receive(endpoint, reply, &m, NULL, 0);
    tine_destroy(reply);
    expect_that("call: the reply object is destroyed", client_status == TINE_ERR_GONE);
    fresh();
    spawn(client, 1);
    tine_receive(endpoint, reply, &m, NULL, 0);
    tine_cap_delete(reply);
    expect_that("call: the reply object's last capability is deleted", client_status == TINE_ERR_GONE);
}

/* The client itself is destroyed while it is queued, or held. */
static void deserting(void)
{
    struct tine_message m = { 0 };
    cap_t thread;

    fresh();
    thread = spawn(client, 1);
    tine_destroy(thread);
    spawn(client, 2);
    expect("receive: after the first in the queue died", tine_receive(endpoint, reply, &m, NULL, 0), 0);
    expect_that("receive: gets the second", m.label == 2);
    tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL);
    thread = spawn(client, 3);
    tine_receive(endpoint, reply, &m, NULL, 0);
    tine_destroy(thread);
    expect("reply: the held caller died", tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL), TINE_ERR_STATE);
    thread = spawn(client, 4);
    tine_receive(endpoint, reply, &m, NULL, 0);
    tine_thread_stop(thread);
    expect("reply: the held caller was stopped", tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL), TINE_ERR_STATE);
}

static volatile long server_status;

static void server(unsigned long unused)
{
    struct tine_message m = { 0 };

    (void)unused;
    server_status = -1;
    server_status = tine_receive(endpoint, reply, &m, NULL, 0);
}

/* A receiver whose reply object, or endpoint, is taken away while it waits. */
static void receiving(void)
{
    struct tine_message m = { 0 };

    fresh();
    spawn(server, 0);
    tine_destroy(endpoint);
    expect_that("receive: the endpoint is destroyed", server_status == TINE_ERR_GONE);
    fresh();
    spawn(server, 0);
    expect("receive: the reply object waits with another", tine_receive(endpoint, reply, &m, NULL, 0), TINE_ERR_STATE);
    tine_destroy(reply);
    expect_that("receive: the reply object is destroyed", server_status == TINE_ERR_GONE);
}

void test_messages(void)
{
    calling();
    holding();
    waiting();
    deserting();
    receiving();
}
