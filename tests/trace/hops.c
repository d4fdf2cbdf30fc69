/*
 * A TCG plugin for QEMU: says when execution comes to chosen addresses, and after how many instructions. It reads the
 * guest's memory, which QEMU keeps in a file for it, to say which thread that was. The guest notices nothing: it executes
 * the same instructions as without, and the count is of those alone.
 *
 * QEMU runs with one instruction per block, so that each address is the beginning of one, and logs the registers before
 * the plugin's line (-d cpu,nochain,plugin -dfilter). trace.py, which starts it, reads both.
 *
 *   at=A:B:...  hexadecimal addresses   ram=FILE  the guest's memory   current=A  where the kernel notes the running thread
 *   image=P     where the kernel's image was loaded   space=, root=, word=  offsets in the kernel's structures
 *
 * The prototypes are QEMU's (include/qemu/qemu-plugin.h), of which Debian ships no copy; those used are the same from 7.2
 * to 10 but for the version that a plugin must name.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* ---- QEMU's interface -------------------------------------------------------------------------------------------- */

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_info;
enum { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*tb_trans_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*exec_fn)(unsigned vcpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_fn fn, int flags, void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
void qemu_plugin_outs(const char *text);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = PLUGIN_VERSION;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

/* ---- the guest's memory ------------------------------------------------------------------------------------------ */

#define RAM_BASE        0x80000000UL
#define DIRECT_MAP_BASE 0xffffffc000000000UL
#define IMAGE_BASE      0xffffffff80000000UL
#define PAGE            4096UL

static const uint8_t *ram;
static uint64_t ram_bytes, image, current_at, space_at, root_at, word_at;

/* A physical address in this process; NULL outside of RAM. */
static const void *physical(uint64_t address)
{
    return address >= RAM_BASE && address - RAM_BASE < ram_bytes - PAGE ? ram + (address - RAM_BASE) : NULL;
}

/* A word of the kernel's; 0 where there is none. */
static uint64_t kernel_word(uint64_t address)
{
    const void *from = physical(address >= IMAGE_BASE ? address - IMAGE_BASE + image : address - DIRECT_MAP_BASE);
    uint64_t word = 0;

    if (address >= DIRECT_MAP_BASE && from)
        memcpy(&word, from, sizeof word);
    return word;
}

/* Sv39: a user address in the space whose root table is at that physical address. */
static const void *user(uint64_t root, uint64_t address)
{
    uint64_t table = root, entry, offset = 0;

    for (int level = 2; level >= 0; level--) {
        const uint64_t *entries = physical(table);

        if (!entries)
            return NULL;
        entry = entries[address >> (12 + 9 * level) & 511];
        table = (entry >> 10 & 0xfffffffffffUL) << 12;
        offset = address & ((PAGE << 9 * level) - 1);
        if (!(entry & 1))
            return NULL;
        if (entry & 0xe)
            return physical(table + offset);
    }
    return NULL;
}

static uint64_t root_of(uint64_t thread)
{
    uint64_t space = kernel_word(thread + space_at);

    return space ? kernel_word(space + root_at) : 0;
}

/* ---- what is said ------------------------------------------------------------------------------------------------ */

enum { EXECVE = 221, X10 = 80, X11 = 88, X17 = 136, NAME_BYTES = 64 };

static uint64_t instructions, trapped; /* the thread that trapped last */

/* The string at a user address; NULL if it is not in memory. */
static const char *user_string(uint64_t root, uint64_t address)
{
    return user(root, address);
}

/* The first string of argv, of which the pointer is at that user address. */
static const char *first_argument(uint64_t root, uint64_t argv)
{
    const uint64_t *pointer = user(root, argv);

    return pointer ? user_string(root, *pointer) : NULL;
}

/* `path PATH ARGV0`: a thread on its way to execve. Its registers are in its structure once the kernel goes on with
 * another. */
static void say_path(uint64_t thread)
{
    const char *path, *name;
    char line[2 * NAME_BYTES + 32];
    uint64_t root;

    if (!thread || kernel_word(thread + X17) != EXECVE)
        return;
    root = root_of(thread);
    path = user_string(root, kernel_word(thread + X10));
    name = first_argument(root, kernel_word(thread + X11));
    if (!path)
        return;
    snprintf(line, sizeof line, "path %.*s %.*s\n", NAME_BYTES, path, NAME_BYTES, name ? name : path);
    qemu_plugin_outs(line);
}

/* `hop COUNT ADDRESS THREAD PID`. */
static void arrive(unsigned vcpu, void *data)
{
    uint64_t thread = kernel_word(current_at);
    char line[96];

    (void)vcpu;
    say_path(trapped);
    trapped = thread;
    snprintf(line, sizeof line, "hop %" PRIu64 " %" PRIx64 " %" PRIx64 " %" PRIu64 "\n", instructions,
             (uint64_t)(uintptr_t)data, thread, thread ? kernel_word(thread + word_at) : 0);
    qemu_plugin_outs(line);
}

static void count(unsigned vcpu, void *data)
{
    (void)vcpu;
    instructions += (uintptr_t)data;
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

#define HOOKS 256
static uint64_t hooks[HOOKS];
static int hook_count;

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    uint64_t address = qemu_plugin_tb_vaddr(tb);

    (void)id;
    for (int i = 0; i < hook_count; i++)
        if (hooks[i] == address)
            qemu_plugin_register_vcpu_tb_exec_cb(tb, arrive, QEMU_PLUGIN_CB_NO_REGS, (void *)(uintptr_t)address);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, count, QEMU_PLUGIN_CB_NO_REGS,
                                         (void *)(uintptr_t)qemu_plugin_tb_n_insns(tb));
}

static bool open_ram(const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY);
    void *at;

    if (fd < 0 || fstat(fd, &about))
        return false;
    ram_bytes = (uint64_t)about.st_size;
    at = mmap(NULL, ram_bytes, PROT_READ, MAP_SHARED, fd, 0);
    ram = at;
    return at != MAP_FAILED;
}

static bool option(const char *text)
{
    static const struct {
        const char *name;
        uint64_t *to;
    } numbers[] = { { "current=", &current_at }, { "image=", &image }, { "space=", &space_at },
                    { "root=", &root_at },       { "word=", &word_at } };

    if (!strncmp(text, "ram=", 4))
        return open_ram(text + 4);
    if (!strncmp(text, "at=", 3)) {
        for (char *rest = (char *)text + 3; *rest && hook_count < HOOKS; rest += *rest == ':')
            hooks[hook_count++] = strtoull(rest, &rest, 16);
        return hook_count < HOOKS;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strncmp(text, numbers[i].name, strlen(numbers[i].name))) {
            *numbers[i].to = strtoull(text + strlen(numbers[i].name), NULL, 16);
            return true;
        }
    return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        if (!option(argv[i])) {
            fprintf(stderr, "hops: %s\n", argv[i]);
            return -1;
        }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    return 0;
}
