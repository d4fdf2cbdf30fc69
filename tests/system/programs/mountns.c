/* Mount namespaces: what is mounted in one is not in another, who may change what, pivot_root, MS_MOVE. */
#include "check.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static pid_t fork_with(unsigned long flags)
{
    return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

static int pivot_root(const char *fresh, const char *old)
{
    return (int)syscall(SYS_pivot_root, fresh, old);
}

/* Two processes take turns by bytes: 0 is the child's to read, 1 the parent's. */
static int turn[2][2];

static void turns_begin(void)
{
    CHECK_EQUAL(pipe(turn[0]), 0);
    CHECK_EQUAL(pipe(turn[1]), 0);
}

static void announce(int to)
{
    CHECK_EQUAL(write(turn[to][1], "x", 1), 1);
}

static void await(int me)
{
    char byte;

    CHECK_EQUAL(read(turn[me][0], &byte, 1), 1);
}

static bool is_at(const char *path)
{
    char where[PATH_MAX];

    return getcwd(where, sizeof(where)) && strcmp(where, path) == 0;
}

/* A tmpfs with one file that says which it is. */
static void mount_named(const char *where, const char *name)
{
    char path[PATH_MAX];

    CHECK(mkdir(where, 0755) == 0 || errno == EEXIST);
    CHECK_EQUAL(mount(name, where, "tmpfs", 0, NULL), 0);
    snprintf(path, sizeof(path), "%s/%s", where, name);
    make_file(path, name, strlen(name));
}

static bool has(const char *path)
{
    return access(path, F_OK) == 0;
}

/* The line of mountinfo about that mount point, "" if there is none. */
static void info_of(const char *point, char line[512])
{
    FILE *file = fopen("/proc/self/mountinfo", "r");
    char at[PATH_MAX];

    CHECK(file);
    while (fgets(line, 512, file))
        if (sscanf(line, "%*d %*d %*s %*s %s", at) == 1 && strcmp(at, point) == 0) {
            fclose(file);
            return;
        }
    fclose(file);
    *line = 0;
}

/* ---- apart from each other --------------------------------------------------------------------------------------- */

TEST(what_is_mounted_inside_is_not_outside)
{
    CHECK(mkdir("/tmp/mn", 0755) == 0 || errno == EEXIST);
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        mount_named("/tmp/mn", "inside");
        CHECK(has("/tmp/mn/inside"));
    }
    CHECK(!has("/tmp/mn/inside"));
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

static void check_ended(pid_t child)
{
    CHECK(child > 0);
    CHECK_EQUAL(status_of(child), 0);
}

TEST(what_is_mounted_outside_later_is_not_inside)
{
    pid_t child;

    turns_begin();
    mount_named("/tmp/mn", "before");
    CHECK_EQUAL(mkdir("/tmp/mn/later", 0755), 0);
    child = fork_with(CLONE_NEWNS);
    if (!child) {
        CHECK(has("/tmp/mn/before"));
        announce(1);
        await(0);
        CHECK(!has("/tmp/mn/later/later"));
        CHECK(has("/tmp/mn/before")); /* also after it was unmounted there */
        _exit(0);
    }
    await(1);
    mount_named("/tmp/mn/later", "later");
    CHECK(has("/tmp/mn/later/later"));
    CHECK_EQUAL(umount("/tmp/mn/later"), 0);
    CHECK_EQUAL(umount("/tmp/mn"), 0);
    announce(0);
    check_ended(child);
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* A process stays where it is, and is no longer busy where it was. */
TEST(root_and_directory_become_those_of_the_copy)
{
    pid_t child;

    turns_begin();
    mount_named("/tmp/mn", "here");
    CHECK_EQUAL(mkdir("/tmp/mn/sub", 0755), 0);
    child = fork();
    if (!child) {
        CHECK_EQUAL(chdir("/tmp/mn/sub"), 0);
        announce(1);
        await(0);
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        CHECK(is_at("/tmp/mn/sub"));
        CHECK(has("../here"));
        announce(1);
        await(0);
        CHECK(is_at("/tmp/mn/sub"));
        CHECK(has("../here"));
        _exit(0);
    }
    await(1);
    CHECK_ERROR(umount("/tmp/mn"), EBUSY);
    announce(0);
    await(1);
    CHECK_EQUAL(umount("/tmp/mn"), 0);
    announce(0);
    check_ended(child);
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

TEST(a_changed_root_stays_changed)
{
    mount_named("/tmp/mn", "root");
    IN_CHILD {
        CHECK_EQUAL(chroot("/tmp/mn"), 0);
        CHECK_EQUAL(chdir("/"), 0);
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        CHECK(has("/root"));
        CHECK(!has("/tmp"));
        CHECK(!has("../../proc/self"));
    }
    CHECK_EQUAL(umount("/tmp/mn"), 0);
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* ---- entering ---------------------------------------------------------------------------------------------------- */

TEST(setns_goes_to_the_root_of_the_namespace)
{
    char path[64];
    pid_t child;
    int back = open("/proc/self/ns/mnt", O_RDONLY), fd;

    turns_begin();
    child = fork_with(CLONE_NEWNS);
    if (!child) {
        mount_named("/tmp/mn", "inside");
        announce(1);
        await(0);
        _exit(0);
    }
    await(1);
    snprintf(path, sizeof(path), "/proc/%d/ns/mnt", child);
    fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && back >= 0);
    CHECK_EQUAL(chdir("/tmp"), 0);
    CHECK_ERROR(setns(fd, CLONE_NEWUTS), EINVAL);
    CHECK_EQUAL(setns(fd, CLONE_NEWNS), 0);
    CHECK(is_at("/"));
    CHECK(has("/tmp/mn/inside"));
    announce(0);
    check_ended(child);
    CHECK(has("/tmp/mn/inside")); /* as long as anybody is in it */
    CHECK_EQUAL(setns(back, 0), 0);
    CHECK(!has("/tmp/mn/inside"));
    /* And as long as there is a descriptor of it. */
    CHECK_EQUAL(setns(fd, 0), 0);
    CHECK(has("/tmp/mn/inside"));
    CHECK_EQUAL(setns(back, CLONE_NEWNS), 0);
    close(fd);
    close(back);
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

TEST(another_ones_mounts_are_seen_and_not_changed)
{
    char path[96], text[4096];
    pid_t child;
    int root, fd;
    ssize_t got;

    turns_begin();
    child = fork_with(CLONE_NEWNS);
    if (!child) {
        mount_named("/tmp/mn", "inside");
        announce(1);
        await(0);
        CHECK(has("/tmp/mn/inside"));
        _exit(0);
    }
    await(1);
    snprintf(path, sizeof(path), "/proc/%d/root/tmp/mn/inside", child);
    CHECK(has(path));
    snprintf(path, sizeof(path), "/proc/%d/mounts", child);
    fd = open(path, O_RDONLY);
    got = read(fd, text, sizeof(text) - 1);
    CHECK(got > 0);
    text[got] = 0;
    CHECK(strstr(text, "inside /tmp/mn tmpfs "));
    close(fd);
    snprintf(path, sizeof(path), "/proc/%d/root/tmp/mn", child);
    root = open(path, O_RDONLY | O_DIRECTORY);
    CHECK(root >= 0);
    CHECK_ERROR(mount("x", path, "tmpfs", 0, NULL), EINVAL);
    CHECK_ERROR(umount(path), EINVAL);
    CHECK_ERROR(umount2(path, MNT_DETACH), EINVAL);
    CHECK_ERROR(mount(path, "/tmp/mn", NULL, MS_BIND, NULL), EINVAL);
    CHECK_ERROR(mount(path, "/tmp/mn", NULL, MS_MOVE, NULL), EINVAL);
    CHECK_ERROR(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EINVAL);
    announce(0);
    check_ended(child);
    CHECK_EQUAL(faccessat(root, "inside", F_OK, 0), 0); /* the descriptor keeps the mount */
    CHECK_ERROR(mount("x", ".", "tmpfs", 0, fchdir(root) ? "" : NULL), ENOENT);
    CHECK_EQUAL(chdir("/"), 0);
    close(root);
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* ---- rights ------------------------------------------------------------------------------------------------------ */

TEST(not_without_the_capability)
{
    IN_CHILD {
        int own = open("/proc/self/ns/mnt", O_RDONLY);

        CHECK_EQUAL(setresuid(NOBODY, NOBODY, NOBODY), 0);
        CHECK_ERROR(unshare(CLONE_NEWNS), EPERM);
        CHECK_ERROR(fork_with(CLONE_NEWNS), EPERM);
        CHECK_ERROR(setns(own, CLONE_NEWNS), EPERM);
        CHECK_ERROR(pivot_root("/tmp", "/tmp"), EPERM);
        CHECK_ERROR(mount("x", "/tmp", "tmpfs", 0, NULL), EPERM);
        CHECK_ERROR(umount("/proc"), EPERM);
    }
}

/* Who rules in a namespace of its own may mount, but not undo what hides and protects: mount_namespaces(7). */
TEST(what_was_inherited_is_locked)
{
    mount_named("/tmp/mn", "below");
    CHECK_EQUAL(mkdir("/tmp/mn/cover", 0755), 0);
    CHECK_EQUAL(mkdir("/tmp/mn/to", 0755), 0);
    make_file("/tmp/mn/cover/secret", "x", 1);
    mount_named("/tmp/mn/cover", "cover");
    CHECK_EQUAL(mount(NULL, "/tmp/mn", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL), 0);
    IN_CHILD {
        CHECK_EQUAL(setresgid(NOBODY, NOBODY, NOBODY), 0);
        CHECK_EQUAL(setresuid(NOBODY, NOBODY, NOBODY), 0);
        CHECK_EQUAL(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
        CHECK(has("/tmp/mn/cover/cover"));
        CHECK_ERROR(umount("/tmp/mn/cover"), EINVAL);
        CHECK_ERROR(umount2("/tmp/mn/cover", MNT_DETACH), EINVAL);
        CHECK_ERROR(mount("/tmp/mn/cover", "/tmp/mn/to", NULL, MS_MOVE, NULL), EINVAL);
        CHECK_ERROR(mount("/tmp/mn", "/tmp/mn/to", NULL, MS_BIND, NULL), EINVAL);
        CHECK_ERROR(mount(NULL, "/tmp/mn", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
        CHECK_ERROR(mount(NULL, "/tmp/mn", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EPERM);
        CHECK_EQUAL(mount(NULL, "/tmp/mn", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL), 0);
        CHECK_ERROR(mount("dev", "/tmp/mn/to", "devtmpfs", 0, NULL), EPERM);
        /* With all that lies on it, it may be shown elsewhere; and what it mounts itself it may unmount. */
        CHECK_EQUAL(mount("/tmp/mn", "/tmp/mn/to", NULL, MS_BIND | MS_REC, NULL), 0);
        CHECK(has("/tmp/mn/to/cover/cover"));
        CHECK_ERROR(umount("/tmp/mn/to/cover"), EINVAL);
        CHECK_EQUAL(umount2("/tmp/mn/to", MNT_DETACH), 0);
        CHECK_EQUAL(mount("mine", "/tmp/mn/to", "tmpfs", 0, NULL), 0);
        CHECK_EQUAL(umount("/tmp/mn/to"), 0);
    }
    CHECK(has("/tmp/mn/cover/cover"));
    CHECK_EQUAL(umount("/tmp/mn/cover"), 0);
    CHECK_EQUAL(umount("/tmp/mn"), 0);
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* ---- mounts on /proc, whose names are made when they are looked up ------------------------------------------------ */

TEST(settings_read_only)
{
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        CHECK_EQUAL(access("/proc/sys/kernel/randomize_va_space", W_OK), 0);
        CHECK_EQUAL(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL), 0);
        CHECK_EQUAL(mount(NULL, "/proc/sys", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
        CHECK_ERROR(open("/proc/sys/kernel/randomize_va_space", O_WRONLY), EROFS);
        CHECK_EQUAL(umount("/proc/sys"), 0);
        CHECK_EQUAL(access("/proc/sys/kernel/randomize_va_space", W_OK), 0);
    }
}

TEST(text_of_proc_hidden)
{
    char byte;
    int fd;

    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        CHECK_EQUAL(mount("/dev/null", "/proc/sys/kernel/osrelease", NULL, MS_BIND, NULL), 0);
        CHECK_EQUAL(mount("/dev/null", "/proc/version", NULL, MS_BIND, NULL), 0);
        CHECK((fd = open("/proc/version", O_RDONLY)) >= 0);
        CHECK_EQUAL(read(fd, &byte, 1), 0);
        CHECK((fd = open("/proc/sys/kernel/osrelease", O_RDONLY)) >= 0);
        CHECK_EQUAL(read(fd, &byte, 1), 0);
        CHECK_EQUAL(umount2("/proc/version", MNT_DETACH), 0);
        CHECK((fd = open("/proc/version", O_RDONLY)) >= 0);
        CHECK_EQUAL(read(fd, &byte, 1), 1);
    }
}

/* ---- moves, unbindable mounts, mountinfo ------------------------------------------------------------------------- */

TEST(move_takes_the_tree_along)
{
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        mount_named("/tmp/mn", "base");
        CHECK_EQUAL(mkdir("/tmp/mn/to", 0755), 0);
        mount_named("/tmp/mn/from", "from");
        mount_named("/tmp/mn/from/deep", "deep");
        make_file("/tmp/mn/file", "x", 1);
        CHECK_ERROR(mount("/tmp/mn/to", "/tmp/mn/from", NULL, MS_MOVE, NULL), EINVAL);      /* not a mount */
        CHECK_ERROR(mount("/tmp/mn/from", "/tmp/mn/from/deep", NULL, MS_MOVE, NULL), ELOOP); /* into itself */
        CHECK_ERROR(mount("/tmp/mn/from", "/tmp/mn/file", NULL, MS_MOVE, NULL), EINVAL);
        CHECK_ERROR(mount("/tmp/mn/nowhere", "/tmp/mn/to", NULL, MS_MOVE, NULL), ENOENT);
        CHECK_EQUAL(mount("/tmp/mn/from", "/tmp/mn/to", NULL, MS_MOVE, NULL), 0);
        CHECK(has("/tmp/mn/to/from"));
        CHECK(has("/tmp/mn/to/deep/deep"));
        CHECK(!has("/tmp/mn/from/from"));
    }
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

TEST(unbindable_mounts_are_not_bound)
{
    char line[512];

    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        mount_named("/tmp/mn", "base");
        CHECK_EQUAL(mkdir("/tmp/mn/to", 0755), 0);
        mount_named("/tmp/mn/one", "one");
        mount_named("/tmp/mn/two", "two");
        CHECK_ERROR(mount(NULL, "/tmp/mn/one", NULL, MS_UNBINDABLE | MS_PRIVATE, NULL), EINVAL);
        CHECK_ERROR(mount(NULL, "/tmp/mn/to", NULL, MS_UNBINDABLE, NULL), EINVAL);
        CHECK_EQUAL(mount(NULL, "/tmp/mn/one", NULL, MS_UNBINDABLE, NULL), 0);
        info_of("/tmp/mn/one", line);
        CHECK(strstr(line, " unbindable - tmpfs one "));
        CHECK_ERROR(mount("/tmp/mn/one", "/tmp/mn/to", NULL, MS_BIND, NULL), EINVAL);
        CHECK_EQUAL(mount("/tmp/mn", "/tmp/mn/to", NULL, MS_BIND | MS_REC, NULL), 0);
        CHECK(!has("/tmp/mn/to/one/one"));
        CHECK(has("/tmp/mn/to/two/two"));
        /* A new namespace has it. */
        IN_CHILD {
            CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
            CHECK(has("/tmp/mn/one/one"));
        }
        CHECK_EQUAL(mount(NULL, "/tmp/mn", NULL, MS_PRIVATE | MS_REC, NULL), 0);
        CHECK_EQUAL(umount2("/tmp/mn/to", MNT_DETACH), 0);
        CHECK_EQUAL(mount("/tmp/mn/one", "/tmp/mn/to", NULL, MS_BIND, NULL), 0);
        CHECK(has("/tmp/mn/to/one"));
    }
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

TEST(mountinfo_tells_what_part_is_shown)
{
    char line[512];

    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        mount_named("/tmp/mn", "base");
        CHECK_EQUAL(mkdir("/tmp/mn/a", 0755), 0);
        CHECK_EQUAL(mkdir("/tmp/mn/a/b", 0755), 0);
        CHECK_EQUAL(mkdir("/tmp/mn/to", 0755), 0);
        CHECK_EQUAL(mount("/tmp/mn/a/b", "/tmp/mn/to", NULL, MS_BIND, NULL), 0);
        info_of("/tmp/mn", line);
        CHECK(strstr(line, " / /tmp/mn "));
        info_of("/tmp/mn/to", line);
        CHECK(strstr(line, " /a/b /tmp/mn/to "));
    }
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* Entries of /proc are made when they are looked up; what is mounted on one is found all the same. */
TEST(mounts_in_proc)
{
    char line[512];

    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        CHECK_EQUAL(mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL), 0);
        CHECK_EQUAL(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
        CHECK_ERROR(open("/proc/sys/kernel/hostname", O_WRONLY), EROFS);
        info_of("/proc/sys", line);
        CHECK(strstr(line, " /sys /proc/sys ro"));
        CHECK_EQUAL(mount("/dev/null", "/proc/uptime", NULL, MS_BIND, NULL), 0);
        CHECK_EQUAL(mount("hide", "/proc/self", "tmpfs", 0, NULL), 0);
        CHECK(!has("/proc/self/maps"));
        CHECK_EQUAL(umount("/proc/self"), 0);
        CHECK(has("/proc/self/maps"));
        CHECK_EQUAL(umount("/proc/uptime"), 0);
        CHECK_EQUAL(umount("/proc/sys"), 0);
        CHECK(open("/proc/sys/kernel/hostname", O_WRONLY) >= 0);
    }
}

/* ---- propagation ------------------------------------------------------------------------------------------------- */

static bool info_has(const char *point, const char *what)
{
    char line[512];

    info_of(point, line);
    return strstr(line, what) != NULL;
}

/* /tmp/mn, shared, with folders a and b, and bound to /tmp/peer. */
static void shared_pair(void)
{
    mount_named("/tmp/mn", "base");
    CHECK_EQUAL(mount(NULL, "/tmp/mn", NULL, MS_SHARED, NULL), 0);
    CHECK_EQUAL(mkdir("/tmp/mn/a", 0755), 0);
    CHECK_EQUAL(mkdir("/tmp/mn/b", 0755), 0);
    CHECK(mkdir("/tmp/peer", 0755) == 0 || errno == EEXIST);
    CHECK_EQUAL(mount("/tmp/mn", "/tmp/peer", NULL, MS_BIND, NULL), 0);
}

static void rooms_end(void)
{
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
    CHECK_EQUAL(rmdir("/tmp/peer"), 0);
}

TEST(peers_share_mounts_and_unmounts)
{
    IN_CHILD {
        int fd;

        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        shared_pair();
        CHECK(info_has("/tmp/mn", " shared:") && info_has("/tmp/peer", " shared:"));
        mount_named("/tmp/mn/a", "one");
        CHECK(has("/tmp/peer/a/one"));
        CHECK(info_has("/tmp/peer/a", " shared:"));
        mount_named("/tmp/peer/a/deep", "two");
        CHECK(has("/tmp/mn/a/deep/two"));
        fd = open("/tmp/mn/a/deep/two", O_RDONLY);
        CHECK_ERROR(umount("/tmp/peer/a/deep"), EBUSY); /* it is in use at the other place */
        close(fd);
        CHECK_EQUAL(umount("/tmp/peer/a/deep"), 0);
        CHECK(!has("/tmp/mn/a/deep/two"));
        mount_named("/tmp/mn/a/deep", "three");
        CHECK_EQUAL(umount2("/tmp/mn/a", MNT_DETACH), 0);
        CHECK(!has("/tmp/peer/a/one") && !has("/tmp/peer/a/deep"));
        CHECK_EQUAL(umount("/tmp/peer"), 0); /* its own parent is private */
        CHECK(has("/tmp/mn/base"));
        mount_named("/tmp/mn/a", "alone");
        CHECK(has("/tmp/mn/a/alone"));
    }
    rooms_end();
}

TEST(a_bind_comes_with_its_tree)
{
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        shared_pair();
        mount_named("/tmp/tree", "tree");
        mount_named("/tmp/tree/sub", "sub");
        CHECK_EQUAL(mount("/tmp/tree", "/tmp/mn/b", NULL, MS_BIND | MS_REC, NULL), 0);
        CHECK(has("/tmp/peer/b/tree") && has("/tmp/peer/b/sub/sub"));
        /* The originals are private, so nothing comes back. */
        CHECK_EQUAL(umount("/tmp/mn/b/sub"), 0);
        CHECK(!has("/tmp/peer/b/sub/sub"));
        CHECK(has("/tmp/tree/sub/sub"));
    }
    CHECK_EQUAL(rmdir("/tmp/tree"), 0);
    rooms_end();
}

/* A part of a mount gets what is mounted in that part. */
TEST(only_what_is_seen_propagates)
{
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        shared_pair();
        CHECK_EQUAL(umount("/tmp/peer"), 0);
        CHECK_EQUAL(mkdir("/tmp/mn/a/inner", 0755), 0);
        CHECK_EQUAL(mount("/tmp/mn/a", "/tmp/peer", NULL, MS_BIND, NULL), 0);
        mount_named("/tmp/mn/b", "beside");
        mount_named("/tmp/mn/a/inner", "within");
        CHECK(has("/tmp/peer/inner/within"));
        /* Bound inside itself it does not go on for ever. */
        CHECK_EQUAL(mkdir("/tmp/mn/self", 0755), 0);
        CHECK_EQUAL(mount("/tmp/mn", "/tmp/mn/self", NULL, MS_BIND, NULL), 0);
        CHECK(has("/tmp/mn/self/base"));
        CHECK(!has("/tmp/mn/self/self/base"));
    }
    rooms_end();
}

TEST(namespaces_share_what_is_shared)
{
    pid_t child;

    turns_begin();
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        shared_pair();
        child = fork_with(CLONE_NEWNS);
        if (!child) {
            mount_named("/tmp/mn/a", "inside");
            announce(1);
            await(0);
            CHECK(!has("/tmp/mn/a/inside"));
            CHECK(has("/tmp/peer/b/outside"));
            CHECK_EQUAL(mount(NULL, "/tmp/mn", NULL, MS_PRIVATE, NULL), 0);
            mount_named("/tmp/mn/a", "private");
            announce(1);
            await(0);
            CHECK(!has("/tmp/mn/a/later"));
            _exit(0);
        }
        await(1);
        CHECK(has("/tmp/mn/a/inside") && has("/tmp/peer/a/inside"));
        CHECK_EQUAL(umount("/tmp/mn/a"), 0);
        mount_named("/tmp/mn/b", "outside");
        announce(0);
        await(1);
        CHECK(!has("/tmp/mn/a/private"));
        mount_named("/tmp/mn/a", "later");
        announce(0);
        check_ended(child);
        CHECK(has("/tmp/mn/a/later"));
    }
    rooms_end();
}

TEST(slaves_follow_and_do_not_lead)
{
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        shared_pair();
        CHECK_EQUAL(mount(NULL, "/tmp/peer", NULL, MS_SLAVE, NULL), 0);
        CHECK(info_has("/tmp/peer", " master:") && !info_has("/tmp/peer", " shared:"));
        mount_named("/tmp/mn/a", "from-master");
        CHECK(has("/tmp/peer/a/from-master"));
        CHECK(info_has("/tmp/peer/a", " master:"));
        mount_named("/tmp/peer/b", "from-slave");
        CHECK(!has("/tmp/mn/b/from-slave"));
        CHECK_EQUAL(umount("/tmp/peer/a"), 0);
        CHECK(has("/tmp/mn/a/from-master"));
        /* A slave that is shared passes on what it gets. */
        CHECK_EQUAL(mount(NULL, "/tmp/peer", NULL, MS_SHARED, NULL), 0);
        CHECK(info_has("/tmp/peer", " master:") && info_has("/tmp/peer", " shared:"));
        CHECK(mkdir("/tmp/third", 0755) == 0 || errno == EEXIST);
        CHECK_EQUAL(mount("/tmp/peer", "/tmp/third", NULL, MS_BIND, NULL), 0);
        CHECK_EQUAL(mkdir("/tmp/mn/c", 0755), 0);
        mount_named("/tmp/mn/c", "down");
        CHECK(has("/tmp/peer/c/down") && has("/tmp/third/c/down"));
        CHECK_EQUAL(mkdir("/tmp/mn/d", 0755), 0);
        mount_named("/tmp/third/d", "across");
        CHECK(has("/tmp/peer/d/across") && !has("/tmp/mn/d/across"));
        CHECK_EQUAL(umount("/tmp/mn/c"), 0);
        CHECK(!has("/tmp/peer/c/down") && !has("/tmp/third/c/down"));
        /* Without its master it is nobody's slave. */
        CHECK_EQUAL(mount(NULL, "/tmp/mn", NULL, MS_PRIVATE, NULL), 0);
        CHECK(!info_has("/tmp/peer", " master:"));
        mount_named("/tmp/mn/c", "unheard");
        CHECK(!has("/tmp/peer/c/unheard"));
    }
    CHECK_EQUAL(rmdir("/tmp/third"), 0);
    rooms_end();
}

/* Who rules only over its own users cannot change what others see. */
TEST(a_user_namespace_gets_slaves)
{
    pid_t child;

    turns_begin();
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        shared_pair();
        child = fork_with(CLONE_NEWNS | CLONE_NEWUSER);
        if (!child) {
            CHECK(info_has("/tmp/mn", " master:") && !info_has("/tmp/mn", " shared:"));
            CHECK_EQUAL(mount("inside", "/tmp/mn/a", "tmpfs", 0, NULL), 0);
            announce(1);
            await(0);
            CHECK(has("/tmp/mn/b/outside"));
            _exit(0);
        }
        await(1);
        CHECK(!info_has("/tmp/mn/a", "inside"));
        mount_named("/tmp/mn/b", "outside");
        announce(0);
        check_ended(child);
    }
    rooms_end();
}

TEST(what_sharing_forbids)
{
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        shared_pair();
        mount_named("/tmp/mn/a", "fixed");
        CHECK_ERROR(mount("/tmp/mn/a", "/tmp/mn/b", NULL, MS_MOVE, NULL), EINVAL); /* its parent is shared */
        mount_named("/tmp/tree", "tree");
        CHECK_EQUAL(mount(NULL, "/tmp/tree", NULL, MS_UNBINDABLE, NULL), 0);
        CHECK_ERROR(mount("/tmp/tree", "/tmp/mn/b", NULL, MS_MOVE, NULL), EINVAL);
        CHECK_EQUAL(mount(NULL, "/tmp/tree", NULL, MS_PRIVATE, NULL), 0);
        CHECK_EQUAL(mount("/tmp/tree", "/tmp/mn/b", NULL, MS_MOVE, NULL), 0);
        CHECK(has("/tmp/peer/b/tree"));
        CHECK(!has("/tmp/tree/tree"));
    }
    CHECK_EQUAL(rmdir("/tmp/tree"), 0);
    rooms_end();
}

TEST(many_peers_come_and_go)
{
    for (int round = 0; round < 20; round++)
        IN_CHILD {
            char path[64];

            CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
            shared_pair();
            for (int i = 0; i < 20; i++) {
                snprintf(path, sizeof(path), "/tmp/mn-%d", i);
                CHECK(mkdir(path, 0755) == 0 || errno == EEXIST);
                CHECK_EQUAL(mount(i % 3 ? "/tmp/mn" : "/tmp/peer", path, NULL, MS_BIND, NULL), 0);
                if (i % 4 == 0)
                    CHECK_EQUAL(mount(NULL, path, NULL, MS_SLAVE, NULL), 0);
                if (i % 8 == 0)
                    CHECK_EQUAL(mount(NULL, path, NULL, MS_SHARED, NULL), 0);
            }
            for (int i = 0; i < 5; i++) {
                mount_named("/tmp/mn-1/a", "again");
                for (int n = 0; n < 20; n++) {
                    snprintf(path, sizeof(path), "/tmp/mn-%d/a/again", n);
                    CHECK(has(path));
                }
                CHECK_EQUAL(umount("/tmp/mn/a"), 0);
                CHECK(!has("/tmp/mn-19/a/again"));
            }
        }
    for (int i = 0; i < 20; i++) {
        char path[64];

        snprintf(path, sizeof(path), "/tmp/mn-%d", i);
        CHECK_EQUAL(rmdir(path), 0);
    }
    rooms_end();
}

/* ---- mount_setattr ----------------------------------------------------------------------------------------------- */

static long set_attr(const char *path, unsigned flags, struct mount_attr attr)
{
    return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof(attr));
}

TEST(setattr_of_a_mount_and_of_a_tree)
{
    IN_CHILD {
        int fd;

        CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
        mount_named("/tmp/mn", "base");
        mount_named("/tmp/mn/sub", "sub");
        CHECK_EQUAL(set_attr("/tmp/mn", 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV }), 0);
        CHECK(info_has("/tmp/mn", " ro,nodev,relatime"));
        CHECK(info_has("/tmp/mn/sub", " rw,relatime"));
        CHECK_ERROR(mkdir("/tmp/mn/x", 0755), EROFS);
        CHECK_EQUAL(mkdir("/tmp/mn/sub/x", 0755), 0);
        CHECK_EQUAL(set_attr("/tmp/mn", AT_RECURSIVE, (struct mount_attr){ .attr_set = MOUNT_ATTR_NOSUID,
                                                                           .attr_clr = MOUNT_ATTR_RDONLY,
                                                                           .propagation = MS_SHARED }),
                    0);
        CHECK(info_has("/tmp/mn", " rw,nosuid,nodev,relatime shared:"));
        CHECK(info_has("/tmp/mn/sub", " rw,nosuid,relatime shared:"));
        CHECK_EQUAL(set_attr("/tmp/mn", 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_NOATIME,
                                                                .attr_clr = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODEV,
                                                                .propagation = MS_PRIVATE }),
                    0);
        CHECK(info_has("/tmp/mn", " rw,nosuid,noatime - "));
        fd = open("/tmp/mn/sub", O_PATH);
        CHECK_EQUAL(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &(struct mount_attr){ .attr_set = MOUNT_ATTR_NOEXEC },
                            sizeof(struct mount_attr)),
                    0);
        CHECK(info_has("/tmp/mn/sub", " rw,nosuid,noexec,relatime"));
    }
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

TEST(setattr_refused)
{
    struct {
        struct mount_attr attr;
        char more[8];
    } big = { .more = { 1 } };

    mount_named("/tmp/mn", "base");
    CHECK_EQUAL(mkdir("/tmp/mn/dir", 0755), 0);
    CHECK_ERROR(set_attr("/tmp/mn/dir", 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }), EINVAL);
    CHECK_ERROR(set_attr("/tmp/mn/none", 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }), ENOENT);
    CHECK_ERROR(set_attr("/tmp/mn", 1, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }), EINVAL);
    CHECK_ERROR(set_attr("/tmp/mn", 0, (struct mount_attr){ .attr_set = 1UL << 40 }), EINVAL);
    CHECK_ERROR(set_attr("/tmp/mn", 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_NOATIME }), EINVAL);
    CHECK_ERROR(set_attr("/tmp/mn", 0, (struct mount_attr){ .attr_clr = MOUNT_ATTR_NOATIME }), EINVAL);
    CHECK_ERROR(set_attr("/tmp/mn", 0, (struct mount_attr){ .propagation = MS_SHARED | MS_SLAVE }), EINVAL);
    CHECK_ERROR(syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/mn", 0, &big, 16), EINVAL);
    CHECK_ERROR(syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/mn", 0, &big, sizeof(big)), E2BIG);
    CHECK_ERROR(syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/mn", 0, 8L, sizeof(big.attr)), EFAULT);
    /* A tree of which one mount must keep its flags stays as it is. */
    mount_named("/tmp/mn/sub", "sub");
    CHECK_EQUAL(set_attr("/tmp/mn/sub", 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }), 0);
    IN_CHILD {
        CHECK_EQUAL(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
        CHECK_ERROR(set_attr("/tmp/mn", AT_RECURSIVE, (struct mount_attr){ .attr_set = MOUNT_ATTR_NOEXEC,
                                                                           .attr_clr = MOUNT_ATTR_RDONLY }),
                    EPERM);
        CHECK(!info_has("/tmp/mn", "noexec"));
        CHECK_EQUAL(set_attr("/tmp/mn", AT_RECURSIVE, (struct mount_attr){ .attr_set = MOUNT_ATTR_NOEXEC }), 0);
    }
    IN_CHILD {
        CHECK_EQUAL(setresuid(NOBODY, NOBODY, NOBODY), 0);
        CHECK_ERROR(set_attr("/tmp/mn", 0, (struct mount_attr){ .attr_set = MOUNT_ATTR_RDONLY }), EPERM);
    }
    CHECK_EQUAL(umount("/tmp/mn/sub"), 0);
    CHECK_EQUAL(umount("/tmp/mn"), 0);
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* ---- pivot_root -------------------------------------------------------------------------------------------------- */

/* Into a namespace of its own, whose root is a mount on the first file system, for Linux cannot pivot away from that. */
static void leave_first_root(void)
{
    CHECK_EQUAL(unshare(CLONE_NEWNS), 0);
    CHECK(mkdir("/tmp/mn", 0755) == 0 || errno == EEXIST);
    CHECK_EQUAL(mount("/", "/tmp/mn", NULL, MS_BIND | MS_REC, NULL), 0);
    CHECK_EQUAL(chdir("/tmp/mn"), 0);
    CHECK_EQUAL(mount(".", "/", NULL, MS_MOVE, NULL), 0);
    CHECK_EQUAL(chroot("."), 0);
}

TEST(pivot_root_changes_the_root)
{
    pid_t child;

    turns_begin();
    IN_CHILD {
        leave_first_root();
        child = fork();
        if (!child) {
            announce(1);
            await(0);
            CHECK(has("/fresh")); /* everybody who was at the old root is moved */
            CHECK(is_at("/"));
            _exit(0);
        }
        await(1);
        mount_named("/tmp/mn", "fresh");
        CHECK_EQUAL(mkdir("/tmp/mn/old", 0755), 0);
        CHECK_EQUAL(pivot_root("/tmp/mn", "/tmp/mn/old"), 0);
        CHECK(has("/fresh"));
        CHECK(has("/old/proc/self"));
        CHECK(!has("/proc"));
        announce(0);
        check_ended(child);
        CHECK_EQUAL(umount2("/old", MNT_DETACH), 0);
        CHECK(!has("/old/proc"));
        CHECK(!has("/../proc"));
    }
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* pivot_root(2), NOTES: without a directory for the old one. */
TEST(pivot_root_onto_itself)
{
    IN_CHILD {
        leave_first_root();
        mount_named("/tmp/mn", "fresh");
        CHECK_EQUAL(chdir("/tmp/mn"), 0);
        CHECK_EQUAL(pivot_root(".", "."), 0);
        CHECK_EQUAL(umount2(".", MNT_DETACH), 0); /* the old one, which lies over "." */
        CHECK_EQUAL(chdir("/"), 0);
        CHECK(has("/fresh"));
        CHECK(!has("/proc"));
        mount_named("/still", "part_of_the_tree");
    }
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

TEST(pivot_root_misused)
{
    IN_CHILD {
        leave_first_root();
        mount_named("/tmp/mn", "fresh");
        CHECK_EQUAL(mkdir("/tmp/mn/old", 0755), 0);
        CHECK_EQUAL(mkdir("/tmp/mn/old/inner", 0755), 0);
        make_file("/tmp/mn/file", "x", 1);
        CHECK_ERROR(pivot_root("/", "/"), EBUSY);
        CHECK_ERROR(pivot_root("/tmp", "/tmp"), EBUSY);
        CHECK_ERROR(pivot_root("/tmp/mn", "/tmp"), EBUSY);
        CHECK_ERROR(pivot_root("/tmp/mn/old", "/tmp/mn/old/inner"), EINVAL); /* not a mount */
        CHECK_ERROR(pivot_root("/tmp/mn", "/proc"), EINVAL);                 /* not below it */
        CHECK_ERROR(pivot_root("/tmp/mn", "/tmp/mn/file"), ENOTDIR);
        CHECK_ERROR(pivot_root("/tmp/mn", "/tmp/mn/nothing"), ENOENT);
        CHECK_ERROR(pivot_root((void *)8, "/tmp/mn"), EFAULT);
        IN_CHILD {
            CHECK_EQUAL(chroot("/tmp/mn/old"), 0);
            CHECK_ERROR(pivot_root("/inner", "/inner"), EBUSY);
        }
        CHECK(has("/proc/self"));
    }
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* ---- many -------------------------------------------------------------------------------------------------------- */

TEST(a_thousand_come_and_go)
{
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork_with(CLONE_NEWNS);

        if (!child) {
            mount_named("/tmp/mn", "inside");
            _exit(0);
        }
        check_ended(child);
    }
    CHECK(!has("/tmp/mn/inside"));
    CHECK_EQUAL(rmdir("/tmp/mn"), 0);
}

/* What is left of a namespace when its last process is killed in the middle. */
TEST(killed_while_they_mount)
{
    for (int i = 0; i < 50; i++) {
        pid_t child = fork_with(CLONE_NEWNS);

        if (!child) {
            for (;;) {
                mount_named("/tmp/mn", "inside");
                if (umount2("/tmp/mn", MNT_DETACH))
                    _exit(1);
            }
        }
        sleep_ms(i % 7);
        kill(child, SIGKILL);
        CHECK_EQUAL(status_of(child), SIGKILL);
    }
    CHECK(!has("/tmp/mn/inside"));
    (void)rmdir("/tmp/mn");
}
