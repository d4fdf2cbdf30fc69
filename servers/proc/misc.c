/* Calls with little to say for themselves: getrandom(2), membarrier(2), and what riscv64 adds. */
#include "servers/proc/process.h"
#include "servers/proc/random.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/membarrier.h>
#include <linux/random.h>

static const struct root_facts *const facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;

/* At most this much for one call: getrandom(2), "may return less". */
#define RANDOM_MOST (1UL << 20)

/* Beyond 256 bytes the count may fall short of what was asked for; up to there it never does. */
long sys_getrandom(struct thread *self, struct call *call)
{
    uint64_t addr = call->m.w[0], left = call->m.w[1], done = 0;
    unsigned flags = (unsigned)call->m.w[2];
    uint8_t chunk[256];

    if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    if (left > RANDOM_MOST)
        left = RANDOM_MOST;
    while (left) {
        size_t n = left < sizeof(chunk) ? left : sizeof(chunk);

        random_bytes(chunk, n);
        if (user_write(self->process, addr + done, chunk, n))
            return done ? (long)done : -EFAULT;
        done += n;
        left -= n;
    }
    return (long)done;
}

/* A thread that came here has been through the kernel and its lock, and so has every other before it runs again. */
#define MEMBARRIER_COMMANDS \
    (MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | \
     MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

/* With several harts no barrier reaches a thread that is running: then none is offered. */
long sys_membarrier(struct thread *self, struct call *call)
{
    int command = (int)call->m.w[0], offered = facts->harts == 1 ? MEMBARRIER_COMMANDS : 0;

    (void)self;
    if (call->m.w[1])
        return -EINVAL;
    if (command == MEMBARRIER_CMD_QUERY)
        return offered;
    return command > 0 && !(command & (command - 1)) && (command & offered) ? 0 : -EINVAL;
}

/* Restartable sequences need the kernel to look at them at each preemption; programs go on without. */
long sys_rseq(struct thread *self, struct call *call)
{
    (void)self;
    (void)call;
    return -ENOSYS;
}

/* Programs fall back on AT_HWCAP. */
long sys_riscv_hwprobe(struct thread *self, struct call *call)
{
    (void)self;
    (void)call;
    return -ENOSYS;
}

/* Makes the hart that proc runs on fetch afresh, which is the caller's where there is one hart. */
long sys_riscv_flush_icache(struct thread *self, struct call *call)
{
    (void)self;
    if (call->m.w[2] & ~1UL)
        return -EINVAL;
    __builtin___clear_cache((char *)call, (char *)(call + 1));
    return 0;
}
