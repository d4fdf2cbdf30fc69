/* Mounts that are bound with their tree, and mounts that are taken away under their users. */
#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* A fresh tmpfs on `top` of the working directory, so that nothing is left over and nothing is shared. */
static void begin(void)
{
    mkdir("top", 0755);
    CHECK_EQUAL(mount("top", "top", "tmpfs", 0, NULL), 0);
    CHECK_EQUAL(mount(NULL, "top", NULL, MS_PRIVATE, NULL), 0);
    CHECK_EQUAL(mkdir("top/from", 0755), 0);
    CHECK_EQUAL(mkdir("top/from/inner", 0755), 0);
    CHECK_EQUAL(mkdir("top/to", 0755), 0);
    CHECK_EQUAL(mount("inner", "top/from/inner", "tmpfs", 0, NULL), 0);
    make_file("top/from/inner/f", "inner", 5);
}

static void end(void)
{
    CHECK_EQUAL(umount2("top", MNT_DETACH), 0);
    CHECK_EQUAL(rmdir("top"), 0);
}

TEST(bind_alone_shows_what_lies_beneath)
{
    begin();
    CHECK_EQUAL(mount("top/from", "top/to", NULL, MS_BIND, NULL), 0);
    CHECK_EQUAL(access("top/to/inner", F_OK), 0);
    CHECK_ERROR(access("top/to/inner/f", F_OK), ENOENT);
    end();
}

TEST(bind_with_the_tree)
{
    begin();
    CHECK_EQUAL(mkdir("top/from/inner/deep", 0755), 0);
    CHECK_EQUAL(mount("deep", "top/from/inner/deep", "tmpfs", 0, NULL), 0);
    make_file("top/from/inner/deep/g", "deep", 4);
    CHECK_EQUAL(mount("top/from", "top/to", NULL, MS_BIND | MS_REC, NULL), 0);
    CHECK_EQUAL(access("top/to/inner/f", F_OK), 0);
    CHECK_EQUAL(access("top/to/inner/deep/g", F_OK), 0);
    CHECK_ERROR(umount("top/to"), EBUSY);
    CHECK_EQUAL(umount("top/to/inner/deep"), 0);
    CHECK_EQUAL(access("top/from/inner/deep/g", F_OK), 0);
    end();
}

/* What is mounted elsewhere on the same mount does not come along; a tree may be bound inside itself. */
TEST(bind_of_a_part_and_into_itself)
{
    begin();
    CHECK_EQUAL(mkdir("top/side", 0755), 0);
    CHECK_EQUAL(mount("top/from", "top/to", NULL, MS_BIND | MS_REC, NULL), 0);
    CHECK_EQUAL(mount("top", "top/side", NULL, MS_BIND | MS_REC, NULL), 0);
    CHECK_EQUAL(access("top/side/to/inner/f", F_OK), 0);
    CHECK_EQUAL(access("top/side/side", F_OK), 0);
    CHECK_ERROR(access("top/side/side/to", F_OK), ENOENT);
    CHECK_EQUAL(umount2("top/side", MNT_DETACH), 0);
    CHECK_EQUAL(access("top/to/inner/f", F_OK), 0);
    end();
}

TEST(detached_under_its_users)
{
    char bytes[8];
    int fd, dir, back = open(".", O_RDONLY | O_DIRECTORY);

    begin();
    fd = open("top/from/inner/f", O_RDONLY);
    dir = open("top/from/inner", O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0 && dir >= 0);
    CHECK_ERROR(umount("top/from/inner"), EBUSY);
    CHECK_EQUAL(umount2("top/from/inner", MNT_DETACH), 0);
    CHECK_ERROR(access("top/from/inner/f", F_OK), ENOENT);
    CHECK_EQUAL(read(fd, bytes, sizeof(bytes)), 5);
    CHECK_EQUAL(faccessat(dir, "f", F_OK, 0), 0);
    CHECK_EQUAL(mkdirat(dir, "made", 0755), 0);
    CHECK_EQUAL(fchdir(dir), 0);
    /* ".." does not lead out to where it was, and nothing can be mounted there. */
    CHECK_EQUAL(access("../f", F_OK), 0);
    CHECK_ERROR(mount("x", "made", "tmpfs", 0, NULL), ENOENT);
    CHECK_ERROR(umount2(".", MNT_DETACH), EINVAL);
    CHECK_EQUAL(fchdir(back), 0);
    close(back);
    close(dir);
    CHECK_EQUAL(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQUAL(read(fd, bytes, sizeof(bytes)), 5);
    CHECK(!memcmp(bytes, "inner", 5));
    close(fd);
    end();
}

TEST(detached_with_what_lies_on_it)
{
    int fd;

    begin();
    fd = open("top/from/inner/f", O_RDONLY);
    CHECK_EQUAL(umount2("top", MNT_DETACH), 0);
    CHECK_ERROR(access("top/from", F_OK), ENOENT);
    CHECK_EQUAL(rmdir("top"), 0);
    CHECK_EQUAL(lseek(fd, 0, SEEK_END), 5);
    close(fd);
}
