/*
 * A fork server: a process that has all that its workers shall begin with, has no threads, and forks whenever somebody
 * asks. So a program with threads gets workers that are copies of a process without. docs/seams/prefork.md
 */
#include "demo.h"
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

enum { WORKERS = 5 };

static const char *prepared = "nobody"; /* what takes long to make: a loaded interpreter, a model, a table */

/* ---- the server and its workers ---------------------------------------------------------------------------------- */

static void work(int link)
{
    char request[32] = "", answer[64];

    need(read(link, request, sizeof request - 1));
    snprintf(answer, sizeof answer, "%s, by a worker that found \"%s\"", request, prepared);
    need(write(link, answer, strlen(answer) + 1));
    _exit(0);
}

/* Takes the descriptor that came with a message; -1 at the end. */
static int receive(int from)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec data = { &byte, 1 };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    int link;

    if (need(recvmsg(from, &message, MSG_CMSG_CLOEXEC)) == 0)
        return -1;
    memcpy(&link, CMSG_DATA(&control.header), sizeof link);
    return link;
}

static void serve(int requests)
{
    int link, count = 0;

    prepared = "everything ready";
    while ((link = receive(requests)) != -1) {
        if (!need(fork()))
            work(link);
        close(link);
        count++;
    }
    while (wait(NULL) > 0)
        ;
    _exit(count);
}

/* ---- the program with threads ------------------------------------------------------------------------------------ */

static int server;

/* The other end of a connection to a new worker. */
static int ask_for_worker(void)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
    char byte = 0;
    struct iovec data = { &byte, 1 };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    int ends[2];

    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    memcpy(CMSG_DATA(&control.header), &ends[1], sizeof ends[1]);
    need(sendmsg(server, &message, 0));
    close(ends[1]);
    return ends[0];
}

static char answers[WORKERS][64];

static void *client(void *number)
{
    int me = (int)(long)number, link = ask_for_worker();
    char request[32];

    snprintf(request, sizeof request, "answer %d", me);
    need(write(link, request, strlen(request)));
    need(read(link, answers[me], sizeof answers[me]));
    close(link);
    return NULL;
}

int main(void)
{
    pthread_t threads[WORKERS];
    int ends[2];
    pid_t pid;

    need(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
    pid = need(fork()); /* before there are threads */
    if (!pid) {
        close(ends[0]);
        serve(ends[1]);
    }
    close(ends[1]);
    server = ends[0];

    for (long i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i], NULL, client, (void *)i))
            errx(1, "no thread");
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < WORKERS; i++)
        printf("%s\n", answers[i]);
    close(server);
    printf("the server, never with a thread, made %d workers for a program of %d threads\n", finish(pid), WORKERS + 1);
    return 0;
}
