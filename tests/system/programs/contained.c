/*
 * Ways out of a container that begin with being root of a user namespace of one's own, which nobody may forbid: run in one by
 * test_contain.py, as its process 1, with nothing in the root but this.
 */
#include "check.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool is_of_the_container(const char *path)
{
    char name[64];

    snprintf(name, sizeof(name), "%s/bin/contained", path);
    return access(name, F_OK) == 0;
}

/* chroot(2), NOTES: a working directory outside of the new root leads up to the real one, which is the container's. */
TEST(up_from_behind_a_root)
{
    CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
    CHECK_EQUAL(chroot("/tmp"), 0);
    for (int i = 0; i < 100; i++)
        CHECK_EQUAL(chdir(".."), 0);
    CHECK(is_of_the_container("."));
    CHECK(access("init", F_OK) != 0);
}

/* Root of the container has no CAP_SETFCAP, so the root that it makes may not be the container's. */
TEST(map_of_root)
{
    int fd;

    CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
    CHECK((fd = open("/proc/self/uid_map", O_WRONLY)) >= 0);
    CHECK_ERROR(write(fd, "0 0 1", 5), EPERM);
}

/* mount_namespaces(7), "Restrictions on mount namespaces". */
TEST(locked_mounts)
{
    CHECK_EQUAL(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
    CHECK_ERROR(umount("/proc/sys"), EINVAL);
    CHECK_ERROR(umount2("/proc", MNT_DETACH), EINVAL);
    CHECK_EQUAL(umount2("/", MNT_DETACH), -1); /* EINVAL, or EBUSY where nothing lies below it */
    CHECK_ERROR(mount("/proc", "/tmp", NULL, MS_BIND, NULL), EINVAL); /* without what covers it */
    CHECK_ERROR(mount("/proc/sys", "/tmp", NULL, MS_MOVE, NULL), EINVAL);
    CHECK_ERROR(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
    CHECK_ERROR(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL), EPERM);
    CHECK_EQUAL(mount("/proc", "/tmp", NULL, MS_BIND | MS_REC, NULL), 0);
    CHECK_ERROR(open("/tmp/sys/kernel/randomize_va_space", O_WRONLY), EROFS);
}

TEST(devices)
{
    CHECK_EQUAL(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
    CHECK_ERROR(mknod("/tmp/null", S_IFCHR | 0666, makedev(1, 3)), EPERM);
    CHECK_ERROR(mount("dev", "/tmp", "devtmpfs", 0, NULL), EPERM);
}

/* Descriptor 0 is the outside's mount namespace. Who has every right in a namespace of his own has none over that. */
TEST(namespace_given)
{
    CHECK_ERROR(setns(0, CLONE_NEWNS), EPERM);
    CHECK_EQUAL(unshare(CLONE_NEWUSER), 0);
    CHECK_ERROR(setns(0, CLONE_NEWNS), EPERM);
    CHECK(is_of_the_container("/"));
}

TEST(descriptors_left)
{
    char name[32];

    for (int fd = 3; fd < 100; fd++)
        CHECK_ERROR(fcntl(fd, F_GETFD), EBADF);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", 9);
    CHECK_ERROR(open(name, O_RDONLY), ENOENT);
}

/* Its group of cgroup v2 is the top of all it can see, and the limits are above that. */
TEST(limits)
{
    CHECK_EQUAL(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP), 0);
    CHECK_EQUAL(mount("none", "/tmp", "cgroup2", 0, NULL), 0);
    CHECK_ERROR(access("/tmp/contain-1", F_OK), ENOENT);
    CHECK_ERROR(open("/tmp/pids.max", O_WRONLY), ENOENT);
    CHECK_ERROR(open("/tmp/memory.max", O_WRONLY), ENOENT);
}

/* Of its own, with a loopback that is up. */
TEST(network)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    CHECK(fd >= 0);
    CHECK_EQUAL(ioctl(fd, SIOCGIFFLAGS, &request), 0);
    CHECK(request.ifr_flags & IFF_UP);
}
