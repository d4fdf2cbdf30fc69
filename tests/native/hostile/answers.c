/* Ways to answer: restart, item, forward; capabilities that travel; sending without an answer. */
#include "hostile.h"
#include <string.h>

static cap_t endpoint, reply;
static volatile long client_status, client_value;
static volatile unsigned client_calls;
static cap_t pass, accept;
static volatile cap_t came;

static void client(unsigned long label)
{
    struct tine_message m = { .label = (long)label, .w = { 1, 2, 3, 4, 5, 6 } };
    cap_t passing = pass;

    client_status = -1;
    client_status = tine_call_cap(endpoint, &m, &passing, accept);
    client_value = (long)m.w[0];
    came = passing;
    client_calls++;
}

static void fresh(void)
{
    endpoint = make(TINE_KIND_ENDPOINT);
    reply = make(TINE_KIND_REPLY);
    pass = accept = 0;
    client_calls = 0;
}

static void restart(void)
{
    struct tine_message m = { 0 };

    fresh();
    spawn(client, 9);
    tine_receive(endpoint, reply, &m, NULL, 0);
    expect("reply: restart", tine_reply(reply, TINE_ANSWER_RESTART, 0, &m, NULL), 0);
    m = (struct tine_message){ 0 };
    expect("receive: the call comes again", tine_receive(endpoint, reply, &m, NULL, 0), 0);
    expect_that("receive: with the same words", m.label == 9 && m.w[0] == 1 && m.w[5] == 6);
    m.w[0] = 3;
    tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL);
    expect_that("call: returns once", client_calls == 1 && client_value == 3);
}

static void toucher(unsigned long address)
{
    *(volatile long *)address = 5;
    client_value = *(volatile long *)address;
    client_calls++;
}

/* A fault reaches the pager; the page rides on its answer. */
static void item(void)
{
    struct tine_message m = { 0 };
    cap_t thread;
    uint64_t badge = 1234;

    fresh();
    client_value = 0;
    thread = spawn(toucher, ROOM + 8);
    /* Without a pager it stands still at its first access. Give it one and let it try again. */
    tine_thread_stop(thread);
    expect("thread_set: pager", tine_thread_set(thread, TINE_FIELD_PAGER, endpoint), 0);
    tine_thread_start_with(thread, 0, 1, &badge);
    expect("receive: a fault", tine_receive(endpoint, reply, &m, NULL, 0), 0);
    expect_that("fault: label and badge", m.label == TINE_LABEL_FAULT && m.badge == 1234);
    expect_that("fault: address and access", m.w[0] == ROOM + 8 && m.w[1] & TINE_PROT_WRITE);
    m = (struct tine_message){ .w = { TINE_SPACE_ZERO, ROOM, 1, TINE_PROT_READ | TINE_PROT_WRITE } };
    expect("reply: a page", tine_reply(reply, TINE_ANSWER_ITEM, 0, &m, NULL), 0);
    expect_that("fault: the thread went on", client_calls == 1 && client_value == 5);
}

static char bytes[8];

/* Bytes ride on the answer; where they cannot be written the caller stays. */
static void copy(void)
{
    static const char sent[8] = "answer!";
    struct tine_message m = { 0 };

    fresh();
    spawn(client, 9);
    tine_receive(endpoint, reply, &m, NULL, 0);
    m = (struct tine_message){ .w = { 7, NOWHERE, (unsigned long)sent, sizeof(sent) } };
    expect("reply: a copy to nowhere", tine_reply(reply, TINE_ANSWER_COPY, 0, &m, NULL), TINE_ERR_FAULT);
    m = (struct tine_message){ .w = { 7, (unsigned long)bytes, NOWHERE, sizeof(sent) } };
    expect("reply: a copy from nowhere", tine_reply(reply, TINE_ANSWER_COPY, 0, &m, NULL), TINE_ERR_FAULT);
    m = (struct tine_message){ .w = { 7, (unsigned long)bytes, (unsigned long)sent, 65537 } };
    expect("reply: too long a copy", tine_reply(reply, TINE_ANSWER_COPY, 0, &m, NULL), TINE_ERR_ARG);
    m = (struct tine_message){ .w = { 7, NOWHERE, (unsigned long)sent, sizeof(sent) } };
    expect("reply_receive: a copy to nowhere", tine_reply_receive(endpoint, reply, TINE_ANSWER_COPY, 0, &m),
           TINE_ERR_FAULT);
    expect_that("reply_receive: a copy to nowhere leaves the words",
                m.w[0] == 7 && m.w[1] == NOWHERE && m.w[2] == (unsigned long)sent && m.w[3] == sizeof(sent));
    expect_that("reply: the caller waits for a copy that works", client_calls == 0);
    m = (struct tine_message){ .w = { 7, (unsigned long)bytes, (unsigned long)sent, sizeof(sent) } };
    expect("reply: a copy", tine_reply(reply, TINE_ANSWER_COPY, 0, &m, NULL), 0);
    expect_that("reply: the copy and the value have come",
                client_calls == 1 && client_value == 7 && !memcmp(bytes, sent, sizeof(sent)));
    expect("reply: a copy to nobody", tine_reply(reply, TINE_ANSWER_COPY, 0, &m, NULL), TINE_ERR_STATE);
}

static void forward(void)
{
    cap_t second = make(TINE_KIND_ENDPOINT), badged = slot();
    struct tine_message m = { 0 };

    fresh();
    tine_cap_copy(0, badged, second, TINE_WRITE, 55);
    spawn(client, 1);
    tine_receive(endpoint, reply, &m, NULL, 0);
    m.label = 17;
    m.w[0] = 99;
    expect("forward: works", tine_forward(reply, badged, &m), 0);
    expect("reply: not after forwarding", tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL), TINE_ERR_STATE);
    expect("receive: what was forwarded", tine_receive(second, reply, &m, NULL, 0), 0);
    expect_that("forward: label, words and badge", m.label == 17 && m.w[0] == 99 && m.badge == 55);
    m.w[0] = 11;
    tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, NULL);
    expect_that("forward: the caller is answered", client_status == 0 && client_value == 11);
}

static void travelling(void)
{
    struct tine_message m = { 0 };
    struct tine_values v;
    cap_t got = slot(), back;

    fresh();
    pass = with(endpoint, TINE_WRITE);
    accept = slot();
    spawn(client, 1);
    back = 0;
    tine_receive(endpoint, reply, &m, &back, got);
    expect_that("receive: a capability came", back == 1);
    expect("identify: what came", tine_identify(got, &v), 0);
    expect_that("receive: with the sender's rights", v.a1 == TINE_KIND_ENDPOINT && v.a2 == TINE_WRITE);
    back = reply;
    tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, &back);
    expect_that("call: a capability came with the answer", came == 1);
    expect("identify: what the answer brought", tine_identify(accept, &v), 0);
    expect_that("call: of the kind that was passed", v.a1 == TINE_KIND_REPLY);

    spawn(client, 2); /* the slot for the answer is in use now */
    tine_receive(endpoint, reply, &m, NULL, 0);
    back = reply;
    expect("reply: a capability nobody has room for", tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, &back), 0);
    expect_that("call: then none came", client_status == 0 && came == 0);
    spawn(client, 3);
    tine_receive(endpoint, reply, &m, NULL, 0);
    back = nothing();
    expect("reply: a capability that is not there", tine_reply(reply, TINE_ANSWER_VALUE, 0, &m, &back), 0);
    expect_that("call: none of that either", client_status == 0 && came == 0);
}

void test_answers(void)
{
    restart();
    item();
    copy();
    forward();
    travelling();
}
