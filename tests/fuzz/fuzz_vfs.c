/*
 * The file server under any sequence of calls by two clients. Each input works inside a fresh tmpfs; afterwards the
 * clients exit and the file system must come off: whatever was counted once too often keeps it busy, and whatever once
 * too little is for the sanitizer to see.
 */
#include "servers/vfs/abi.h"
#include "vfs_world.h"
#include <stdlib.h>
#include <string.h>

static const char *const paths[] = {
    "", ".", "..", "a", "b", "a/", "a/b", "b/c", "a/../b", "./a/./b", "l", "l/x", "/", "/f", "/f/a", "/f/b",
    "/dev/null", "/dev/zero", "/dev/stdin", "/proc/self/fd/3", "/proc/self/exe", "/proc/self/cwd/a", "/proc/self/root",
    "/proc/1/fd", "/proc/self/mounts", "p", "q", "/dev/urandom",
    "a-name-longer-than-what-an-entry-holds-in-itself-so-that-it-needs-memory-of-its-own",
};

static const long calls[] = {
    __NR_openat, __NR_openat, __NR_openat, __NR_read, __NR_write, __NR_readv, __NR_writev, __NR_pread64, __NR_pwrite64,
    __NR_lseek, __NR_close, __NR_close_range, __NR_dup, __NR_dup3, __NR_fcntl, __NR_flock, __NR_pipe2, __NR_sendfile,
    __NR_fstat, __NR_newfstatat, __NR_statx, __NR_fstatfs, __NR_getdents64, __NR_getcwd, __NR_chdir, __NR_fchdir,
    __NR_mkdirat, __NR_mknodat, __NR_unlinkat, __NR_renameat2, __NR_linkat, __NR_symlinkat, __NR_readlinkat,
    __NR_faccessat2, __NR_fchmod, __NR_fchmodat, __NR_fchownat, __NR_utimensat, __NR_truncate, __NR_ftruncate,
    __NR_fallocate, __NR_copy_file_range, __NR_ppoll, __NR_ioctl, __NR_umask,
};

static const uint64_t numbers[] = { 0, 1, 2, 3, 4, 5, 7, 8, 10, 64, 511, 4095, 4096, 4097, 65536, 100000, 0xfffff000,
                                    ~0UL, 1UL << 40, 01000, 02, 0101, 0102, 02000, 0200000, 010000000, 010644 };

#define PATHS (sizeof(paths) / sizeof(paths[0]))

/* All that the clients have: the paths, 128 bytes each, then room; then a page that is not there. */
static char memory[65536 + 4096];

/* An argument: a descriptor, a path, memory, or a number, as the byte says. */
static uint64_t argument(uint8_t b)
{
    switch (b >> 6) {
    case 0:
        return b & 32 ? (uint64_t)AT_FDCWD : b & 15;
    case 1:
        return (uint64_t)memory + (b & 63) % PATHS * 128;
    case 2:
        return b & 32 ? absent - (b & 31) : (uint64_t)memory + 8192 + (b & 31) * 129;
    }
    return numbers[(b & 63) % (sizeof(numbers) / sizeof(numbers[0]))];
}

/* Clients without rights: what they do stays inside /f. */
static void begin(void)
{
    static const struct vfs_cred cred = { 1000, 1000, 1000, 100, 100, 100, 0, 0, 1, { 101 } };
    static bool started;

    if (!started) {
        world_start();
        CALL(mkdirat, AT_FDCWD, "/f", 0755);
        CALL(mkdirat, AT_FDCWD, "/proc", 0755);
        CALL(mount, "proc", "/proc", "proc", 0, 0);
        started = true;
    }
    present = 0;
    present_end = ~0UL;
    absent = 0;
    absent_end = 4096;
    if (CALL(mount, "fuzz", "/f", "tmpfs", 0, 0))
        abort();
    proc_says(VFS_FORK, 1, 2, 0, 0, 0);
    proc_says(VFS_CRED, 2, (uint64_t)&cred, 0, 0, 0);
    CALL_AS(2, NULL, chdir, "/f");
    CALL_AS(2, NULL, symlinkat, "b", AT_FDCWD, "l");
    CALL_AS(2, NULL, mknodat, AT_FDCWD, "p", S_IFIFO | 0666, 0);
    proc_says(VFS_FORK, 2, 3, 0, 0, 0);
    memset(memory, 'x', sizeof(memory));
    for (size_t i = 0; i < PATHS; i++)
        strcpy(memory + i * 128, paths[i]);
    present = (uint64_t)memory;
    present_end = present + sizeof(memory);
    absent = (uint64_t)memory + 65536;
    absent_end = absent + 4096;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    bool waits[2] = { false };
    cap_t reply[2];
    size_t before;

    begin();
    before = pages_used;
    for (; bytes >= 7; data += 7, bytes -= 7) {
        unsigned who = data[0] >> 7;
        long outcome;

        if (waits[who] && !answered[reply[who]])
            proc_says(VFS_CANCEL, VFS_BADGE(2 + who, 1), (uint64_t)-EINTR, 0, 0, 0);
        outcome = call_words(2 + who, &reply[who], calls[(data[0] & 127) % (sizeof(calls) / sizeof(calls[0]))],
                             argument(data[1]), argument(data[2]), argument(data[3]), argument(data[4]),
                             argument(data[5]), argument(data[6]));
        waits[who] = outcome == DEFERRED;
    }
    proc_says(VFS_EXIT, 2, 0, 0, 0, 0);
    proc_says(VFS_EXIT, 3, 0, 0, 0, 0);
    present = 0;
    present_end = ~0UL;
    if (CALL(umount2, "/f", 0) || pages_used != before)
        abort();
    return 0;
}
