/* System V shared memory: who shares it, how long it lives, where it goes. */
#include "check.h"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEY = 0x54494e46, PAGE = 4096 };

/* What a test leaves behind goes with its namespace. */
__attribute__((constructor)) static void begin(void)
{
    CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
}

static int segment(size_t bytes)
{
    int id = shmget(IPC_PRIVATE, bytes, 0600);

    CHECK(id >= 0);
    return id;
}

static char *attach(int id)
{
    char *at = shmat(id, NULL, 0);

    CHECK(at != (void *)-1);
    return at;
}

static struct shmid_ds stat_of(int id)
{
    struct shmid_ds ds;

    CHECK_EQUAL(shmctl(id, IPC_STAT, &ds), 0);
    return ds;
}

static long attached(int id)
{
    return (long)stat_of(id).shm_nattch;
}

static void become(uid_t uid)
{
    CHECK_EQUAL(setgroups(0, NULL), 0);
    CHECK_EQUAL(setresgid(uid, uid, uid), 0);
    CHECK_EQUAL(setresuid(uid, uid, uid), 0);
}

TEST(segments_are_found_by_key)
{
    int id;

    CHECK_ERROR(shmget(KEY, PAGE, 0), ENOENT);
    CHECK_ERROR(shmget(KEY, 0, IPC_CREAT | 0600), EINVAL);
    CHECK_ERROR(shmget(KEY, (size_t)-1, IPC_CREAT | 0600), EINVAL);
    CHECK_ERROR(shmget(KEY, 1UL << 50, IPC_CREAT | 0600), ENOMEM);
    id = shmget(KEY, 100, IPC_CREAT | 0600);
    CHECK(id >= 0);
    CHECK_EQUAL(shmget(KEY, 100, 0), id);
    CHECK_EQUAL(shmget(KEY, 0, 0), id);
    CHECK_ERROR(shmget(KEY, 101, 0), EINVAL);
    CHECK_ERROR(shmget(KEY, 100, IPC_CREAT | IPC_EXCL), EEXIST);
    CHECK_EQUAL(stat_of(id).shm_segsz, 100);
    CHECK_EQUAL(shmctl(id, IPC_RMID, NULL), 0);
    CHECK_ERROR(shmget(KEY, 0, 0), ENOENT);
    CHECK_ERROR(shmat(id, NULL, 0), EINVAL);
}

TEST(whoever_attaches_sees_the_same)
{
    int id = segment(3 * PAGE);
    char *here;

    IN_CHILD
    {
        char *there = attach(id);

        CHECK(there[0] == 0 && there[3 * PAGE - 1] == 0);
        strcpy(there, "first");
        strcpy(there + 2 * PAGE, "third");
    }
    here = attach(id);
    CHECK(strcmp(here, "first") == 0 && strcmp(here + 2 * PAGE, "third") == 0 && here[PAGE] == 0);
    IN_CHILD
    {
        char *again = attach(id);

        strcpy(here, "by inheritance");
        CHECK(strcmp(again, "by inheritance") == 0);
        CHECK_EQUAL(shmdt(again), 0);
        strcpy(here + PAGE, "still");
    }
    CHECK(strcmp(here, "by inheritance") == 0 && strcmp(here + PAGE, "still") == 0);
}

TEST(attachments_are_counted)
{
    int id = segment(PAGE);
    char *one, *two;
    pid_t child;

    CHECK_EQUAL(attached(id), 0);
    CHECK(!stat_of(id).shm_atime);
    one = attach(id);
    two = attach(id);
    CHECK_EQUAL(attached(id), 2);
    CHECK(stat_of(id).shm_atime && !stat_of(id).shm_dtime);
    IN_CHILD
    {
        CHECK_EQUAL(attached(id), 4);
        CHECK_EQUAL(shmdt(two), 0);
        CHECK_EQUAL(attached(id), 3);
        CHECK_EQUAL(stat_of(id).shm_lpid, getpid());
    }
    CHECK_EQUAL(attached(id), 2);
    child = check_fork();
    if (!child) {
        execl("/bin/sleep", "sleep", "100", NULL);
        _exit(1);
    }
    while (attached(id) != 2)
        sched_yield();
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(status_of(child), SIGKILL);
    CHECK_EQUAL(shmdt(one), 0);
    CHECK_ERROR(shmdt(one), EINVAL);
    CHECK_EQUAL(munmap(two, PAGE), 0);
    CHECK_EQUAL(attached(id), 0);
    CHECK(stat_of(id).shm_dtime && stat_of(id).shm_cpid == getpid());
}

TEST(what_is_removed_stays_while_attached)
{
    int id = shmget(KEY, PAGE, IPC_CREAT | 0600);
    char *at, *again;

    at = attach(id);
    strcpy(at, "kept");
    CHECK_EQUAL(shmctl(id, IPC_RMID, NULL), 0);
    CHECK_ERROR(shmget(KEY, PAGE, 0), ENOENT);
    CHECK_EQUAL(stat_of(id).shm_perm.mode, 01600);
    again = attach(id);
    CHECK(strcmp(again, "kept") == 0);
    CHECK_EQUAL(shmdt(at), 0);
    CHECK_EQUAL(attached(id), 1);
    CHECK_EQUAL(shmdt(again), 0);
    CHECK_ERROR(shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }), EINVAL);
}

TEST(an_end_detaches_too)
{
    int id = segment(PAGE);
    pid_t child = check_fork();

    if (!child) {
        attach(id);
        CHECK_EQUAL(shmctl(id, IPC_RMID, NULL), 0);
        pause();
    }
    while (!(stat_of(id).shm_perm.mode & SHM_DEST))
        sched_yield();
    CHECK_EQUAL(attached(id), 1);
    CHECK_EQUAL(kill(child, SIGKILL), 0);
    CHECK_EQUAL(status_of(child), SIGKILL);
    CHECK_ERROR(shmat(id, NULL, 0), EINVAL);
}

TEST(a_fork_keeps_what_was_removed)
{
    int id = segment(PAGE), pipes[2];
    char *at = attach(id), c;
    pid_t child;

    CHECK_EQUAL(shmctl(id, IPC_RMID, NULL), 0);
    CHECK_EQUAL(pipe(pipes), 0);
    child = check_fork();
    if (!child) {
        CHECK_EQUAL(read(pipes[0], &c, 1), 1);
        CHECK_EQUAL(attached(id), 1);
        strcpy(at, "alive");
        CHECK_EQUAL(shmdt(at), 0);
        CHECK_ERROR(shmat(id, NULL, 0), EINVAL);
        _exit(0);
    }
    CHECK_EQUAL(attached(id), 2);
    CHECK_EQUAL(shmdt(at), 0);
    CHECK_EQUAL(write(pipes[1], "", 1), 1);
    check_child_ended(child, __FILE__, __LINE__);
}

TEST(addresses_are_whole_pages)
{
    int id = segment(2 * PAGE);
    char *room = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(room != MAP_FAILED);
    CHECK_ERROR(shmat(id, room, 0), EINVAL); /* something is there */
    CHECK(shmat(id, room, SHM_REMAP) == room);
    CHECK_EQUAL(munmap(room + 2 * PAGE, 6 * PAGE), 0);
    CHECK_ERROR(shmat(id, room + 4 * PAGE + 1, 0), EINVAL);
    CHECK(shmat(id, room + 4 * PAGE + 1, SHM_RND) == room + 4 * PAGE);
    CHECK_ERROR(shmat(id, NULL, SHM_REMAP), EINVAL);
    CHECK_ERROR(shmdt(room + 1), EINVAL);
    CHECK_ERROR(shmdt(room + PAGE), EINVAL);
    CHECK_EQUAL(shmdt(room), 0);
    CHECK_EQUAL(attached(id), 1);
}

TEST(pieces_go_together)
{
    int id = segment(5 * PAGE);
    char *at = attach(id), *other = attach(id);

    CHECK_EQUAL(mprotect(at + PAGE, PAGE, PROT_READ), 0);
    CHECK_EQUAL(attached(id), 4);
    CHECK_EQUAL(munmap(at + 3 * PAGE, PAGE), 0);
    CHECK_EQUAL(shmdt(at), 0);
    CHECK_EQUAL(attached(id), 1);
    other[4 * PAGE] = 1;
}

TEST(reading_is_not_writing)
{
    int id = segment(PAGE);
    pid_t child = check_fork();

    if (!child) {
        char *at = shmat(id, NULL, SHM_RDONLY);

        CHECK(at != (void *)-1 && *at == 0);
        CHECK_ERROR(mprotect(at, PAGE, PROT_READ | PROT_WRITE), EACCES);
        *(volatile char *)at = 1;
        _exit(0);
    }
    CHECK_EQUAL(status_of(child) & 0x7f, SIGSEGV);
}

TEST(modes_are_kept)
{
    int to_read = shmget(IPC_PRIVATE, PAGE, 0644), closed = segment(PAGE);

    IN_CHILD
    {
        become(1000);
        CHECK_ERROR(shmat(to_read, NULL, 0), EACCES);
        CHECK(shmat(to_read, NULL, SHM_RDONLY) != (void *)-1);
        CHECK_ERROR(shmat(closed, NULL, SHM_RDONLY), EACCES);
        CHECK_ERROR(shmctl(to_read, IPC_RMID, NULL), EPERM);
        CHECK_ERROR(shmctl(to_read, SHM_LOCK, NULL), EPERM);
    }
    CHECK_EQUAL(shmctl(closed, SHM_LOCK, NULL), 0);
    CHECK_EQUAL(stat_of(closed).shm_perm.mode, 0600 | SHM_LOCKED);
    CHECK_EQUAL(shmctl(closed, SHM_UNLOCK, NULL), 0);
    CHECK_EQUAL(stat_of(closed).shm_perm.mode, 0600);
}

TEST(the_system_tells_how_much_there_is)
{
    struct shminfo limits;
    struct shm_info before, after;
    struct shmid_ds ds;
    int id;

    segment(1);
    CHECK(shmctl(0, SHM_INFO, (void *)&before) >= 0);
    id = segment(4 * PAGE);
    attach(id)[2 * PAGE] = 1;
    CHECK(shmctl(0, SHM_INFO, (void *)&after) >= (id & 0x7fff));
    CHECK_EQUAL(after.used_ids, before.used_ids + 1);
    CHECK_EQUAL(after.shm_tot, before.shm_tot + 4);
    CHECK_EQUAL(after.shm_rss, before.shm_rss + 1);
    CHECK(shmctl(0, IPC_INFO, (void *)&limits) >= 0);
    CHECK(limits.shmmni == 4096 && limits.shmmin == 1);
    CHECK_EQUAL(shmctl(id & 0x7fff, SHM_STAT, &ds), id);
    CHECK_EQUAL(ds.shm_segsz, 4 * PAGE);
}

TEST(memory_outlives_its_namespace)
{
    char *at = NULL;

    IN_CHILD
    {
        int id;

        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        id = shmget(KEY, PAGE, IPC_CREAT | 0600);
        at = attach(id);
        strcpy(at, "here");
        CHECK_EQUAL(unshare(CLONE_NEWIPC), 0);
        CHECK_ERROR(shmctl(id, IPC_RMID, NULL), EINVAL);
        CHECK(strcmp(at, "here") == 0);
        CHECK_EQUAL(shmdt(at), 0);
        CHECK_ERROR(shmdt(at), EINVAL);
    }
    CHECK_ERROR(shmget(KEY, PAGE, 0), ENOENT);
}
