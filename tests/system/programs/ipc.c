/* System V IPC: semaphores, message queues, who may, and namespaces of them. */
#include "check.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEY = 0x54494e45 };

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
    struct seminfo *info;
};

struct letter {
    long type;
    char text[64];
};

static int semaphores(int n)
{
    int id = semget(IPC_PRIVATE, n, 0600);

    CHECK(id >= 0);
    return id;
}

static int value_of(int id, int number)
{
    return semctl(id, number, GETVAL);
}

static void set_value(int id, int number, int value)
{
    CHECK_EQUAL(semctl(id, number, SETVAL, (union semun){ .val = value }), 0);
}

static int operate(int id, int number, int op, int flags)
{
    struct sembuf sops = { (unsigned short)number, (short)op, (short)flags };

    return semop(id, &sops, 1);
}

/* As fork, with further flags. */
static pid_t fork_with(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static char state_of(pid_t pid)
{
    char path[32], text[256];
    ssize_t length;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    length = read(fd, text, sizeof(text) - 1);
    CHECK(length > 0);
    close(fd);
    text[length] = 0;
    return strrchr(text, ')')[2];
}

/* Until the child, which does nothing but wait in the end, does. */
static void wait_until_asleep(pid_t pid)
{
    while (state_of(pid) != 'S')
        sched_yield();
}

static void become(uid_t uid)
{
    CHECK_EQUAL(setgroups(0, NULL), 0);
    CHECK_EQUAL(setresgid(uid, uid, uid), 0);
    CHECK_EQUAL(setresuid(uid, uid, uid), 0);
}

static void nothing(int sig)
{
    (void)sig;
}

/* From now on signals come again and again, with a handler that lets calls go on if they can. */
static void signals_come(void)
{
    struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };
    struct itimerval often = { { 0, 20000 }, { 0, 20000 } };

    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &often, NULL), 0);
}

/* ---- semaphores ---------------------------------------------------------------------------------------------------- */

TEST(sets_are_found_by_key)
{
    int id;

    CHECK_ERROR(semget(KEY, 0, 0), ENOENT);
    CHECK_ERROR(semget(KEY, 0, IPC_CREAT | 0600), EINVAL);
    CHECK_ERROR(semget(KEY, -1, IPC_CREAT | 0600), EINVAL);
    CHECK_ERROR(semget(KEY, 32001, IPC_CREAT | 0600), EINVAL);
    id = semget(KEY, 2, IPC_CREAT | 0600);
    CHECK(id >= 0);
    CHECK_EQUAL(semget(KEY, 2, IPC_CREAT), id);
    CHECK_EQUAL(semget(KEY, 0, 0), id);
    CHECK_ERROR(semget(KEY, 2, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK_ERROR(semget(KEY, 3, 0), EINVAL);
    CHECK(semaphores(1) != semaphores(1));
    CHECK_EQUAL(semctl(id, 0, IPC_RMID), 0);
    CHECK_ERROR(semget(KEY, 0, 0), ENOENT);
}

TEST(an_old_id_names_nothing_new)
{
    int before = semaphores(1), after;

    CHECK_EQUAL(semctl(before, 0, IPC_RMID), 0);
    after = semaphores(1);
    CHECK(after != before);
    CHECK_ERROR(value_of(before, 0), EINVAL);
    CHECK_EQUAL(value_of(after, 0), 0);
}

TEST(values_are_set_and_got)
{
    unsigned short values[3] = { 1, 2, 3 }, got[3];
    int id = semaphores(3);

    CHECK_EQUAL(semctl(id, 0, SETALL, (union semun){ .array = values }), 0);
    set_value(id, 1, 32767);
    CHECK_EQUAL(semctl(id, 0, GETALL, (union semun){ .array = got }), 0);
    CHECK(got[0] == 1 && got[1] == 32767 && got[2] == 3);
    CHECK_EQUAL(semctl(id, 1, GETPID), getpid());
    CHECK_ERROR(semctl(id, 0, SETVAL, (union semun){ .val = 32768 }), ERANGE);
    CHECK_ERROR(semctl(id, 0, SETVAL, (union semun){ .val = -1 }), ERANGE);
    CHECK_ERROR(semctl(id, 3, SETVAL, (union semun){ .val = 1 }), EINVAL);
    CHECK_ERROR(value_of(id, 3), EINVAL);
    values[2] = 40000;
    CHECK_ERROR(semctl(id, 0, SETALL, (union semun){ .array = values }), ERANGE);
    CHECK_EQUAL(value_of(id, 0), 1);
    CHECK_ERROR(semctl(id, 0, GETALL, (union semun){ .array = (void *)8 }), EFAULT);
    CHECK_ERROR(semctl(id, 0, 99), EINVAL);
    CHECK_ERROR(semctl(-1, 0, GETVAL), EINVAL);
}

TEST(operations_are_made_all_or_none)
{
    struct sembuf take[2] = { { 0, -1, 0 }, { 1, -1, IPC_NOWAIT } };
    struct sembuf twice[3] = { { 0, 1, 0 }, { 0, -2, 0 }, { 0, 0, 0 } };
    static struct sembuf many[501];
    int id = semaphores(2);

    set_value(id, 0, 1);
    CHECK_ERROR(semop(id, take, 2), EAGAIN);
    CHECK_EQUAL(value_of(id, 0), 1);
    CHECK_EQUAL(semop(id, twice, 3), 0);
    CHECK_EQUAL(value_of(id, 0), 0);
    CHECK_ERROR(operate(id, 2, 1, 0), EFBIG);
    CHECK_ERROR(semop(id, many, 501), E2BIG);
    CHECK_ERROR(semop(id, many, 0), EINVAL);
    CHECK_ERROR(semop(id, (void *)8, 1), EFAULT);
    set_value(id, 1, 32767);
    CHECK_ERROR(operate(id, 1, 1, 0), ERANGE);
    CHECK_EQUAL(value_of(id, 1), 32767);
}

TEST(one_waits_until_it_can)
{
    int id = semaphores(2);
    pid_t child = check_fork();

    if (!child) {
        CHECK_EQUAL(operate(id, 0, -2, 0), 0);
        CHECK_EQUAL(operate(id, 1, 0, 0), 0);
        _exit(0);
    }
    while (semctl(id, 0, GETNCNT) != 1)
        sched_yield();
    CHECK_EQUAL(semctl(id, 0, GETZCNT), 0);
    CHECK_EQUAL(semctl(id, 1, GETNCNT), 0);
    set_value(id, 1, 1);
    CHECK_EQUAL(operate(id, 0, 1, 0), 0);
    CHECK_EQUAL(semctl(id, 0, GETNCNT), 1);
    CHECK_EQUAL(operate(id, 0, 2, 0), 0);
    while (semctl(id, 1, GETZCNT) != 1)
        sched_yield();
    CHECK_EQUAL(value_of(id, 0), 1);
    CHECK_EQUAL(semctl(id, 0, GETPID), child);
    CHECK_EQUAL(operate(id, 1, -1, 0), 0);
    check_child_ended(child, __FILE__, __LINE__);
}

TEST(what_one_gives_another_takes_on)
{
    int id = semaphores(3);
    pid_t children[2];

    for (int i = 0; i < 2; i++) {
        children[i] = check_fork();
        if (!children[i]) {
            struct sembuf pass[2] = { { (unsigned short)i, -1, 0 }, { (unsigned short)(i + 1), 1, 0 } };

            CHECK_EQUAL(semop(id, pass, 2), 0);
            _exit(0);
        }
    }
    while (semctl(id, 0, GETNCNT) + semctl(id, 1, GETNCNT) != 2)
        sched_yield();
    CHECK_EQUAL(operate(id, 0, 1, 0), 0);
    check_child_ended(children[0], __FILE__, __LINE__);
    check_child_ended(children[1], __FILE__, __LINE__);
    CHECK_EQUAL(value_of(id, 2), 1);
}

TEST(waits_end_in_time)
{
    struct timespec soon = { 0, 20000000 }, bad = { 0, 1000000000 }, none = { 0, 0 };
    struct sembuf take = { 0, -1, 0 };
    int id = semaphores(1);

    CHECK_ERROR(semtimedop(id, &take, 1, &soon), EAGAIN);
    CHECK_ERROR(semtimedop(id, &take, 1, &none), EAGAIN);
    CHECK_ERROR(semtimedop(id, &take, 1, &bad), EINVAL);
    CHECK_EQUAL(semctl(id, 0, GETNCNT), 0);
    set_value(id, 0, 1);
    CHECK_EQUAL(semtimedop(id, &take, 1, &soon), 0);
}

TEST(signals_interrupt)
{
    int id = semaphores(1), queue = msgget(IPC_PRIVATE, 0600);
    struct letter letter;

    signals_come();
    CHECK_ERROR(operate(id, 0, -1, 0), EINTR);
    CHECK_ERROR(msgrcv(queue, &letter, sizeof(letter.text), 0, 0), EINTR);
    CHECK_EQUAL(semctl(id, 0, GETNCNT), 0);
}

TEST(removal_ends_waits)
{
    int id = semaphores(1);
    pid_t child = check_fork();

    if (!child) {
        CHECK_ERROR(operate(id, 0, -1, SEM_UNDO), EIDRM);
        _exit(0);
    }
    while (semctl(id, 0, GETNCNT) != 1)
        sched_yield();
    CHECK_EQUAL(semctl(id, 0, IPC_RMID), 0);
    check_child_ended(child, __FILE__, __LINE__);
    CHECK_ERROR(operate(id, 0, 1, 0), EINVAL);
}

/* ---- SEM_UNDO ------------------------------------------------------------------------------------------------------ */

TEST(an_end_undoes)
{
    int id = semaphores(2);
    pid_t child;

    set_value(id, 0, 5);
    IN_CHILD
    {
        CHECK_EQUAL(operate(id, 0, -3, SEM_UNDO), 0);
        CHECK_EQUAL(operate(id, 1, 4, SEM_UNDO), 0);
        CHECK_EQUAL(operate(id, 1, -1, 0), 0);
        CHECK_EQUAL(value_of(id, 0), 2);
    }
    CHECK_EQUAL(value_of(id, 0), 5);
    CHECK_EQUAL(value_of(id, 1), 0); /* not below */
    child = check_fork();
    if (!child) {
        CHECK_EQUAL(operate(id, 0, -5, SEM_UNDO), 0);
        pause();
    }
    CHECK_EQUAL(operate(id, 0, 0, 0), 0);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(operate(id, 0, -1, 0), 0); /* waits for the end */
    CHECK_EQUAL(status_of(child), SIGKILL);
    CHECK_EQUAL(value_of(id, 0), 4);
}

TEST(an_exec_keeps_what_is_to_undo)
{
    int id = semaphores(1);
    pid_t child = check_fork();

    if (!child) {
        CHECK_EQUAL(operate(id, 0, 1, SEM_UNDO), 0);
        execl("/bin/sleep", "sleep", "100", NULL);
        _exit(1);
    }
    CHECK_EQUAL(operate(id, 0, -1, 0), 0);
    CHECK_EQUAL(operate(id, 0, 1, 0), 0);
    while (state_of(child) != 'S')
        sched_yield();
    CHECK_EQUAL(value_of(id, 0), 1);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(status_of(child), SIGKILL);
    CHECK_EQUAL(value_of(id, 0), 0);
}

TEST(a_value_that_was_set_is_not_undone)
{
    int id = semaphores(1);

    set_value(id, 0, 5);
    IN_CHILD
    {
        CHECK_EQUAL(operate(id, 0, -3, SEM_UNDO), 0);
        set_value(id, 0, 7);
    }
    CHECK_EQUAL(value_of(id, 0), 7);
}

TEST(a_wait_is_undone_after_it_has_ended)
{
    int id = semaphores(1);
    pid_t child = check_fork();

    if (!child) {
        CHECK_EQUAL(operate(id, 0, -1, SEM_UNDO), 0);
        _exit(0);
    }
    while (semctl(id, 0, GETNCNT) != 1)
        sched_yield();
    CHECK_EQUAL(operate(id, 0, 1, 0), 0);
    check_child_ended(child, __FILE__, __LINE__);
    CHECK_EQUAL(value_of(id, 0), 1);
}

TEST(undoing_is_shared_or_not)
{
    int id = semaphores(2);

    IN_CHILD
    {
        for (int i = 0; i < 2; i++) {
            pid_t child = fork_with(i ? CLONE_SYSVSEM : 0);

            if (!child) {
                CHECK_EQUAL(operate(id, i, 1, SEM_UNDO), 0);
                _exit(0);
            }
            check_child_ended(child, __FILE__, __LINE__);
        }
        CHECK_EQUAL(value_of(id, 0), 0);
        CHECK_EQUAL(value_of(id, 1), 1);
    }
    CHECK_EQUAL(value_of(id, 1), 0);
}

TEST(unshare_undoes)
{
    int id = semaphores(1);

    IN_CHILD
    {
        CHECK_EQUAL(operate(id, 0, 1, SEM_UNDO), 0);
        CHECK_EQUAL(unshare(CLONE_SYSVSEM), 0);
        CHECK_EQUAL(value_of(id, 0), 0);
        CHECK_EQUAL(operate(id, 0, 1, SEM_UNDO), 0);
        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        CHECK_ERROR(value_of(id, 0), EINVAL);
    }
    CHECK_EQUAL(value_of(id, 0), 0);
}

/* ---- messages ------------------------------------------------------------------------------------------------------ */

static int queue_new(void)
{
    int id = msgget(IPC_PRIVATE, 0600);

    CHECK(id >= 0);
    return id;
}

static void post(int queue, long type, const char *text)
{
    struct letter letter = { .type = type };

    strcpy(letter.text, text);
    CHECK_EQUAL(msgsnd(queue, &letter, strlen(text), IPC_NOWAIT), 0);
}

static void check_got(int queue, long wanted, int flags, long type, const char *text)
{
    struct letter letter;

    memset(&letter, 0, sizeof(letter));
    CHECK_EQUAL(msgrcv(queue, &letter, sizeof(letter.text), wanted, flags), strlen(text));
    CHECK_EQUAL(letter.type, type);
    CHECK(memcmp(letter.text, text, strlen(text) + 1) == 0);
}

TEST(queues_are_found_by_key)
{
    int id;

    CHECK_ERROR(msgget(KEY, 0), ENOENT);
    id = msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);
    CHECK(id >= 0);
    CHECK_EQUAL(msgget(KEY, IPC_CREAT), id);
    CHECK_ERROR(msgget(KEY, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK(queue_new() != queue_new());
    CHECK_EQUAL(msgctl(id, IPC_RMID, NULL), 0);
    CHECK_ERROR(msgget(KEY, 0), ENOENT);
    CHECK_ERROR(msgctl(id, IPC_RMID, NULL), EINVAL);
}

TEST(messages_come_by_type_and_order)
{
    int q = queue_new();
    struct letter letter;

    post(q, 5, "five");
    post(q, 3, "three");
    post(q, 4, "four");
    post(q, 3, "three again");
    post(q, 9, "nine");
    post(q, 5, "");
    check_got(q, 1, MSG_COPY | IPC_NOWAIT, 3, "three");
    CHECK_ERROR(msgrcv(q, &letter, sizeof(letter.text), 6, MSG_COPY | IPC_NOWAIT), ENOMSG);
    CHECK_ERROR(msgrcv(q, &letter, sizeof(letter.text), 0, MSG_COPY), EINVAL);
    check_got(q, 4, 0, 4, "four");
    check_got(q, -4, 0, 3, "three");
    check_got(q, 5, MSG_EXCEPT, 3, "three again");
    check_got(q, -100, 0, 5, "five");
    CHECK_ERROR(msgrcv(q, &letter, sizeof(letter.text), 7, IPC_NOWAIT), ENOMSG);
    CHECK_ERROR(msgrcv(q, &letter, sizeof(letter.text), -4, IPC_NOWAIT), ENOMSG);
    check_got(q, 0, 0, 9, "nine");
    check_got(q, 0, 0, 5, "");
    CHECK_ERROR(msgrcv(q, &letter, sizeof(letter.text), 0, IPC_NOWAIT), ENOMSG);
}

TEST(a_long_message_is_cut_only_if_wanted)
{
    int q = queue_new();
    struct letter letter = { 0, "" };

    post(q, 1, "abcdef");
    CHECK_ERROR(msgrcv(q, &letter, 3, 0, IPC_NOWAIT), E2BIG);
    CHECK_EQUAL(msgrcv(q, &letter, 3, 0, MSG_NOERROR), 3);
    CHECK(strcmp(letter.text, "abc") == 0);
    CHECK_ERROR(msgrcv(q, &letter, 3, 0, IPC_NOWAIT), ENOMSG);
}

TEST(senseless_messages_are_refused)
{
    static char large[8 + 8193];
    struct letter letter = { 0, "" };
    int q = queue_new();

    CHECK_ERROR(msgsnd(q, &letter, 1, 0), EINVAL);
    letter.type = -1;
    CHECK_ERROR(msgsnd(q, &letter, 1, 0), EINVAL);
    *(long *)large = 1;
    CHECK_ERROR(msgsnd(q, large, 8193, 0), EINVAL);
    CHECK_EQUAL(msgsnd(q, large, 8192, 0), 0);
    CHECK_ERROR(msgsnd(q, (void *)8, 1, 0), EFAULT);
    CHECK_ERROR(msgrcv(q, large, (size_t)-1, 0, 0), EINVAL);
    CHECK_ERROR(msgsnd(-1, large, 1, 0), EINVAL);
    CHECK_ERROR(msgrcv(-1, large, 1, 0, 0), EINVAL);
}

TEST(a_receiver_waits_for_its_type)
{
    int q = queue_new();
    pid_t child = check_fork();

    if (!child) {
        check_got(q, 2, 0, 2, "two");
        check_got(q, 0, 0, 1, "one");
        post(q, 3, "done");
        _exit(0);
    }
    wait_until_asleep(child);
    post(q, 1, "one");
    post(q, 2, "two");
    check_got(q, 3, 0, 3, "done");
    check_child_ended(child, __FILE__, __LINE__);
}

TEST(a_receiver_with_too_little_room_is_told)
{
    int q = queue_new();
    pid_t child = check_fork();

    if (!child) {
        struct letter letter;

        CHECK_ERROR(msgrcv(q, &letter, 2, 0, 0), E2BIG);
        _exit(0);
    }
    wait_until_asleep(child);
    post(q, 1, "long");
    check_child_ended(child, __FILE__, __LINE__);
    check_got(q, 0, 0, 1, "long");
}

TEST(a_sender_waits_for_room)
{
    static char large[8 + 8192];
    int q = queue_new();
    pid_t child;

    *(long *)large = 1;
    CHECK_EQUAL(msgsnd(q, large, 8192, 0), 0);
    CHECK_EQUAL(msgsnd(q, large, 8192, 0), 0);
    CHECK_ERROR(msgsnd(q, large, 1, IPC_NOWAIT), EAGAIN);
    child = check_fork();
    if (!child) {
        *(long *)large = 2;
        CHECK_EQUAL(msgsnd(q, large, 100, 0), 0);
        signals_come();
        *(long *)large = 3;
        CHECK_ERROR(msgsnd(q, large, 8192, 0), EINTR);
        _exit(0);
    }
    wait_until_asleep(child);
    CHECK_EQUAL(msgrcv(q, large, 8192, 0, 0), 8192);
    CHECK_EQUAL(msgrcv(q, large, 8192, 2, 0), 100);
    CHECK_EQUAL(msgsnd(q, large, 8192, 0), 0);
    check_child_ended(child, __FILE__, __LINE__);
}

TEST(removal_ends_waits_for_messages)
{
    int q = queue_new();
    pid_t child = check_fork();

    if (!child) {
        struct letter letter;

        CHECK_ERROR(msgrcv(q, &letter, sizeof(letter.text), 0, 0), EIDRM);
        _exit(0);
    }
    wait_until_asleep(child);
    CHECK_EQUAL(msgctl(q, IPC_RMID, NULL), 0);
    check_child_ended(child, __FILE__, __LINE__);
}

TEST(queues_tell_what_they_hold)
{
    struct msqid_ds ds;
    struct msginfo info;
    int q = queue_new(), highest;

    post(q, 1, "12345");
    post(q, 2, "123");
    CHECK_EQUAL(msgctl(q, IPC_STAT, &ds), 0);
    CHECK(ds.msg_qnum == 2 && ds.__msg_cbytes == 8 && ds.msg_qbytes == 16384);
    CHECK(ds.msg_lspid == getpid() && ds.msg_lrpid == 0 && ds.msg_stime && !ds.msg_rtime);
    CHECK_EQUAL(ds.msg_perm.mode & 0777, 0600);
    highest = msgctl(0, MSG_INFO, (void *)&info);
    CHECK(highest >= 0 && info.msgmap >= 2 && info.msgtql >= 8);
    CHECK_EQUAL(msgctl(q & 0x7fff, MSG_STAT, &ds), q);
    ds.msg_qbytes = 8;
    ds.msg_perm.mode = 0640;
    CHECK_EQUAL(msgctl(q, IPC_SET, &ds), 0);
    CHECK_ERROR(msgsnd(q, &(struct letter){ 1, "a" }, 1, IPC_NOWAIT), EAGAIN);
    check_got(q, 0, 0, 1, "12345");
    CHECK_EQUAL(msgctl(q, IPC_STAT, &ds), 0);
    CHECK(ds.msg_qnum == 1 && ds.msg_lrpid == getpid() && ds.msg_rtime);
    CHECK_EQUAL(ds.msg_perm.mode & 0777, 0640);
}

/* ---- who may ------------------------------------------------------------------------------------------------------- */

TEST(modes_are_kept)
{
    int open_to_read = semget(IPC_PRIVATE, 1, 0644), closed = semget(KEY, 1, IPC_CREAT | 0600), of_group;
    struct semid_ds ds;

    of_group = semget(IPC_PRIVATE, 1, 0060);
    CHECK_EQUAL(semctl(of_group, 0, IPC_STAT, (union semun){ .buf = &ds }), 0);
    ds.sem_perm.gid = 1000;
    CHECK_EQUAL(semctl(of_group, 0, IPC_SET, (union semun){ .buf = &ds }), 0);
    IN_CHILD
    {
        become(1000);
        CHECK_EQUAL(value_of(open_to_read, 0), 0);
        CHECK_EQUAL(operate(open_to_read, 0, 0, 0), 0);
        CHECK_ERROR(operate(open_to_read, 0, 1, 0), EACCES);
        CHECK_ERROR(value_of(closed, 0), EACCES);
        CHECK_EQUAL(semget(KEY, 1, 0), closed);
        CHECK_ERROR(semget(KEY, 1, 0600), EACCES);
        CHECK_ERROR(semctl(closed, 0, IPC_RMID), EPERM);
        CHECK_ERROR(semctl(open_to_read, 0, IPC_SET, (union semun){ .buf = &ds }), EPERM);
        CHECK_EQUAL(operate(of_group, 0, 1, 0), 0);
        CHECK_ERROR(semctl(of_group, 0, IPC_RMID), EPERM);
        CHECK_ERROR(semctl(closed & 0x7fff, 0, SEM_STAT, (union semun){ .buf = &ds }), EACCES);
        CHECK_EQUAL(semctl(closed & 0x7fff, 0, SEM_STAT_ANY, (union semun){ .buf = &ds }), closed);
    }
    CHECK_EQUAL(semctl(closed, 0, IPC_RMID), 0);
}

TEST(owner_and_creator_may_change)
{
    int id = semaphores(2);
    struct semid_ds ds;

    CHECK_EQUAL(semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds }), 0);
    CHECK(ds.sem_nsems == 2 && ds.sem_otime == 0 && ds.sem_ctime && ds.sem_perm.cuid == 0);
    ds.sem_perm.uid = 1000;
    CHECK_EQUAL(semctl(id, 0, IPC_SET, (union semun){ .buf = &ds }), 0);
    ds.sem_perm.uid = (uid_t)-1;
    CHECK_ERROR(semctl(id, 0, IPC_SET, (union semun){ .buf = &ds }), EINVAL);
    CHECK_EQUAL(operate(id, 0, 1, 0), 0);
    IN_CHILD
    {
        become(1000);
        CHECK_EQUAL(semctl(id, 0, IPC_STAT, (union semun){ .buf = &ds }), 0);
        CHECK(ds.sem_perm.uid == 1000 && ds.sem_perm.cuid == 0 && ds.sem_otime);
        CHECK_EQUAL(semctl(id, 0, IPC_RMID), 0);
    }
    CHECK_ERROR(value_of(id, 0), EINVAL);
}

TEST(the_system_tells_how_much_there_is)
{
    struct seminfo before, after;
    int id;

    semaphores(1);
    CHECK(semctl(0, 0, SEM_INFO, (union semun){ .info = &before }) >= 0);
    id = semaphores(3);
    CHECK(semctl(0, 0, SEM_INFO, (union semun){ .info = &after }) >= (id & 0x7fff));
    CHECK_EQUAL(after.semusz, before.semusz + 1);
    CHECK_EQUAL(after.semaem, before.semaem + 3);
    CHECK(semctl(0, 0, IPC_INFO, (union semun){ .info = &after }) >= 0);
    CHECK(after.semmsl == 32000 && after.semopm == 500 && after.semvmx == 32767 && after.semmni == 32000);
}

/* ---- namespaces ---------------------------------------------------------------------------------------------------- */

TEST(a_namespace_begins_empty)
{
    int id = semget(KEY, 1, IPC_CREAT | 0600), q = queue_new();
    pid_t child = fork_with(CLONE_NEWIPC);

    if (!child) {
        struct seminfo info;

        CHECK_ERROR(semget(KEY, 1, 0), ENOENT);
        CHECK_ERROR(value_of(id, 0), EINVAL);
        CHECK_ERROR(msgctl(q, IPC_RMID, NULL), EINVAL);
        CHECK(semctl(0, 0, SEM_INFO, (union semun){ .info = &info }) == 0 && info.semusz == 0);
        CHECK(semget(KEY, 3, IPC_CREAT | 0600) >= 0);
        post(queue_new(), 1, "for nobody");
        _exit(0);
    }
    CHECK(child > 0);
    check_child_ended(child, __FILE__, __LINE__);
    CHECK_ERROR(semget(KEY, 3, 0), EINVAL); /* still ours, of one */
    CHECK_EQUAL(semctl(id, 0, IPC_RMID), 0);
}

TEST(one_can_leave_and_come_back)
{
    int home = open("/proc/self/ns/ipc", O_RDONLY), id = semget(KEY, 1, IPC_CREAT | 0600);
    char before[64] = "", after[64] = "";

    CHECK(home >= 0);
    IN_CHILD
    {
        CHECK(readlink("/proc/self/ns/ipc", before, sizeof(before) - 1) > 0);
        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        CHECK(readlink("/proc/self/ns/ipc", after, sizeof(after) - 1) > 0);
        CHECK(strcmp(before, after) != 0);
        CHECK_ERROR(semget(KEY, 1, 0), ENOENT);
        CHECK_EQUAL(setns(home, CLONE_NEWIPC), 0);
        CHECK_EQUAL(semget(KEY, 1, 0), id);
    }
    CHECK_EQUAL(semctl(id, 0, IPC_RMID), 0);
}

TEST(flags_contradict)
{
    CHECK_ERROR(fork_with(CLONE_NEWIPC | CLONE_SYSVSEM), EINVAL);
    IN_CHILD
    {
        become(1000);
        CHECK_ERROR(unshare(CLONE_NEWIPC), EPERM);
    }
}

TEST(capabilities_count_in_the_namespaces_owner)
{
    IN_CHILD
    {
        int closed;

        become(1000);
        closed = semget(IPC_PRIVATE, 1, 0);
        CHECK(closed >= 0);
        CHECK_ERROR(value_of(closed, 0), EACCES);
        CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
        CHECK_ERROR(value_of(closed, 0), EACCES);
        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        closed = semget(IPC_PRIVATE, 1, 0);
        CHECK(closed >= 0);
        CHECK_EQUAL(value_of(closed, 0), 0);
    }
}

static void file_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);

    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void file_read(const char *path, char text[4096])
{
    int fd = open(path, O_RDONLY);
    ssize_t length = 0, n;

    CHECK(fd >= 0);
    while ((n = read(fd, text + length, (size_t)(4095 - length))) > 0)
        length += n;
    CHECK_EQUAL(n, 0);
    text[length] = 0;
    close(fd);
}

TEST(limits_are_those_of_a_namespace)
{
    static char text[4096];
    struct letter letter = { 1, "" };
    int fd;

    IN_CHILD
    {
        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        file_write("/proc/sys/kernel/msgmax", "10\n");
        CHECK_ERROR(msgsnd(queue_new(), &letter, 11, 0), EINVAL);
        CHECK_EQUAL(msgsnd(queue_new(), &letter, 10, 0), 0);
        file_write("/proc/sys/kernel/msgmni", "2");
        CHECK_ERROR(msgget(IPC_PRIVATE, 0600), ENOSPC);
        file_write("/proc/sys/kernel/sem", "5 7");
        file_read("/proc/sys/kernel/sem", text);
        CHECK(strcmp(text, "5\t7\t500\t32000\n") == 0);
        CHECK_ERROR(semget(IPC_PRIVATE, 6, 0600), EINVAL);
        semaphores(5);
        CHECK_ERROR(semget(IPC_PRIVATE, 3, 0600), ENOSPC);
        file_write("/proc/sys/kernel/shmmax", "4096");
        CHECK_ERROR(shmget(IPC_PRIVATE, 4097, 0600), EINVAL);
        file_write("/proc/sys/kernel/shmall", "1");
        CHECK(shmget(IPC_PRIVATE, 4096, 0600) >= 0);
        CHECK_ERROR(shmget(IPC_PRIVATE, 1, 0600), ENOSPC);
        fd = open("/proc/sys/kernel/msgmax", O_WRONLY);
        CHECK_ERROR(write(fd, "x", 1), EINVAL);
        CHECK_ERROR(write(fd, "-1", 2), EINVAL);
    }
    CHECK_EQUAL(msgsnd(queue_new(), &letter, 11, 0), 0);
    file_read("/proc/sys/kernel/msgmax", text);
    CHECK(strcmp(text, "8192\n") == 0);
}

/* Where there is less room for messages than these want, they are refused and nothing else is. */
TEST(full_queues_leave_room_for_others)
{
    static struct {
        long type;
        char text[8192];
    } large = { 1, "" };
    pid_t child;

    IN_CHILD
    {
        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        for (int i = 0, q; i < 3000 && (q = msgget(IPC_PRIVATE, 0600)) >= 0; i++)
            while (msgsnd(q, &large, sizeof(large.text), IPC_NOWAIT) == 0)
                continue;
        CHECK(errno == ENOMEM || errno == EAGAIN);
        child = fork_sleeper();
        CHECK_EQUAL(kill(child, SIGKILL), 0);
        CHECK_EQUAL(status_of(child), SIGKILL);
    }
    CHECK_EQUAL(msgsnd(queue_new(), &large, sizeof(large.text), 0), 0); /* it has all gone with the namespace */
}

TEST(files_list_the_objects)
{
    static char text[4096];
    char wanted[96];
    int id, q;

    IN_CHILD
    {
        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        id = semget(KEY, 3, IPC_CREAT | 0640);
        q = queue_new();
        post(q, 1, "12345");
        file_read("/proc/sysvipc/sem", text);
        snprintf(wanted, sizeof(wanted), "\n%10d %10d   640          3     0     0     0     0          0 ", KEY, id);
        CHECK(strstr(text, wanted));
        CHECK_EQUAL(strchr(text, '\n') + 1 - text, 85);
        file_read("/proc/sysvipc/msg", text);
        snprintf(wanted, sizeof(wanted), "\n         0 %10d   600           5          1 %5d     0", q, getpid());
        CHECK(strstr(text, wanted));
        CHECK_EQUAL(strchr(text, '\n') + 1 - text, 120);
        id = shmget(KEY, 100, IPC_CREAT | 0600);
        CHECK(shmat(id, NULL, 0) != (void *)-1);
        file_read("/proc/sysvipc/shm", text);
        snprintf(wanted, sizeof(wanted), "\n%10d %10d   600                   100 %5d %5d      1", KEY, id, getpid(),
                 getpid());
        CHECK(strstr(text, wanted));
        CHECK_EQUAL(strchr(text, '\n') + 1 - text, 170);
    }
}
