/*
 * A TCG plugin for QEMU: for each hart, how many instructions were executed outside the kernel, in it, and waiting for its
 * lock; and the longest stretches in the kernel in which nothing asked whether an interrupt waits. The guest executes the
 * same instructions as without. stretch.py starts it and says what addresses mean.
 *
 *   ask=A:B:...   addresses that end a stretch: where the kernel asks, and where it waits for interrupts
 *   lock=A:B      first and last address of the function that takes the lock: the instructions of one try without a wait are its first
 *   from=N        only stretches of at least so many instructions are told
 *
 * Lines: `hart I user N kernel N lock N` and `stretch N WHERE`, WHERE being the place at which a stretch had lasted from=
 * instructions; the longest for each such place.
 *
 * The prototypes are QEMU's (include/qemu/qemu-plugin.h), of which Debian ships no copy.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- QEMU's interface -------------------------------------------------------------------------------------------- */

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
enum { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*tb_trans_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*exec_fn)(unsigned vcpu, void *data);
typedef void (*exit_fn)(qemu_plugin_id_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_trans_fn fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, exec_fn fn, int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_fn fn, int flags, void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exit_fn fn, void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_outs(const char *text);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = PLUGIN_VERSION;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

/* ---- what is counted --------------------------------------------------------------------------------------------- */

#define KERNEL_BASE   0xffffffc000000000UL
#define FIRMWARE      0x80000000UL /* runs without translation, at the beginning and in the kernel's stead: part of a stretch */
#define FIRMWARE_END  0x80200000UL
#define ROM_END       0x10000UL /* where a hart begins; no program lies there */
#define HARTS         16
#define ASKS          256
#define PLACES        4096

struct hart {
    uint64_t user, kernel, lock;
    uint64_t stretch; /* instructions since the kernel was entered or asked */
    uint64_t place;   /* index in places, plus 1, once it has lasted `from` */
    bool ran_user;    /* boot is no operation */
} __attribute__((aligned(128)));

/* What a block is, found once when it is translated. */
struct block {
    uint64_t address, insns;
    bool kernel, lock, firmware;
};

static struct hart harts[HARTS];
static uint64_t ask[ASKS], lock_first, lock_last, from = 5000;
static unsigned asks;
static struct { uint64_t address, longest; } places[PLACES];
static unsigned place_count;

/* Races of several harts may lose one of two places that are new at once; stretches are measured with one. */
static uint64_t place_of(uint64_t address)
{
    unsigned i = 0;

    while (i < place_count && places[i].address != address)
        i++;
    if (i == PLACES)
        return 0;
    if (i == place_count)
        places[place_count++].address = address;
    return i + 1;
}

static void end_stretch(struct hart *hart)
{
    if (hart->place && hart->stretch > places[hart->place - 1].longest)
        places[hart->place - 1].longest = hart->stretch;
    hart->stretch = hart->place = 0;
}

static void block_runs(unsigned vcpu, void *data)
{
    struct hart *hart = &harts[vcpu % HARTS];
    const struct block *block = data;

    if (block->firmware) {
        hart->stretch += block->insns;
        return;
    }
    if (!block->kernel) {
        end_stretch(hart);
        hart->user += block->insns;
        hart->ran_user |= block->address < FIRMWARE;
        return;
    }
    *(block->lock ? &hart->lock : &hart->kernel) += block->insns;
    hart->stretch += block->insns;
    if (!hart->place && hart->stretch >= from && hart->ran_user)
        hart->place = place_of(block->address);
}

/* `data`: how many instructions of the block are still to come; they were counted at its begin. */
static void kernel_asks(unsigned vcpu, void *data)
{
    struct hart *hart = &harts[vcpu % HARTS];
    uint64_t rest = (uint64_t)data;

    hart->stretch -= rest < hart->stretch ? rest : hart->stretch;
    end_stretch(hart);
    hart->stretch = rest;
}

static bool is_ask(uint64_t address)
{
    for (unsigned i = 0; i < asks; i++)
        if (ask[i] == address)
            return true;
    return false;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    struct block *block = malloc(sizeof *block); /* lives as long as the block may run */

    *block = (struct block){ .address = qemu_plugin_tb_vaddr(tb), .insns = qemu_plugin_tb_n_insns(tb) };
    block->kernel = block->address >= KERNEL_BASE;
    block->firmware = block->address < ROM_END || (block->address >= FIRMWARE && block->address < FIRMWARE_END);
    block->lock = block->address >= lock_first && block->address < lock_last;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, block_runs, QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; block->kernel && i < block->insns; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

        if (is_ask(qemu_plugin_insn_vaddr(insn)))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, kernel_asks, QEMU_PLUGIN_CB_NO_REGS, (void *)(block->insns - i - 1));
    }
}

static void finished(qemu_plugin_id_t id, void *data)
{
    char line[160];

    for (unsigned i = 0; i < HARTS; i++) {
        if (!harts[i].user)
            continue;
        snprintf(line, sizeof line, "hart %u user %" PRIu64 " kernel %" PRIu64 " lock %" PRIu64 "\n", i, harts[i].user,
                 harts[i].kernel, harts[i].lock);
        qemu_plugin_outs(line);
    }
    for (unsigned i = 0; i < place_count; i++) {
        snprintf(line, sizeof line, "stretch %" PRIu64 " %" PRIx64 "\n", places[i].longest, places[i].address);
        qemu_plugin_outs(line);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        char *value = strchr(argv[i], '=');

        if (!value)
            return -1;
        *value++ = 0;
        if (!strcmp(argv[i], "from"))
            from = strtoull(value, NULL, 10);
        else if (!strcmp(argv[i], "lock"))
            lock_first = strtoull(value, &value, 16), lock_last = strtoull(value + 1, NULL, 16);
        else if (!strcmp(argv[i], "ask"))
            for (; *value && asks < ASKS; value += *value == ':')
                ask[asks++] = strtoull(value, &value, 16);
        else
            return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
