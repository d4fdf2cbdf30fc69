/* Faults: see fault.h. */

#include "fault.h"
#include "direct.h"
#include "endpoint.h"
#include "print.h"
#include "sched.h"
#include "space.h"
#include <riscv/csr.h>

/* Servers without a pager are few, and the log says what became of one. A program that makes such threads by the thousand
 * must not hold up the machine at the firmware's console: the rest is counted only. */
#define UNANSWERED_LOGGED 16

static struct thread *pager_call(struct thread *thread, long label, const uint64_t *words)
{
    struct endpoint *pager = thread->pager;

    kernel_stat.faults++;
    if (!pager || pager->head.dead)
        return fault_unanswered(thread, "fault without a pager");
    direct_event(hart_self(), thread, pager, label, words);
    return endpoint_call(hart_self(), thread, pager, CALL_FAULT, thread->word[0], label, words);
}

struct thread *fault_call(struct thread *thread, uint64_t scause, uint64_t stval)
{
    uint64_t words[6] = { stval, scause, thread->regs.pc, 1, 0, 0 };

    switch (scause) {
    case SCAUSE_STORE_PAGE_FAULT:
        words[1] = TINE_PROT_WRITE;
        break;
    case SCAUSE_LOAD_PAGE_FAULT:
        words[1] = TINE_PROT_READ;
        break;
    case SCAUSE_FETCH_PAGE_FAULT:
        words[1] = TINE_PROT_EXEC;
        break;
    default:
        return pager_call(thread, TINE_LABEL_EXCEPTION, words);
    }
    if (space_open(thread->space, stval, (unsigned)words[1]))
        return thread;
    return pager_call(thread, TINE_LABEL_FAULT, words);
}

struct thread *fault_attention(struct thread *thread)
{
    static const uint64_t words[6];

    thread->attention &= (uint8_t)~THREAD_ATTENTION;
    return pager_call(thread, TINE_LABEL_ATTENTION, words);
}

struct thread *fault_unanswered(struct thread *thread, const char *what)
{
    if (kernel_stat.unanswered++ < UNANSWERED_LOGGED)
        kernel_log("thread %p stopped: %s at pc %lx\n", (void *)thread, what, thread->regs.pc);
    thread->state = TINE_THREAD_STOPPED;
    return sched_next(hart_self());
}
