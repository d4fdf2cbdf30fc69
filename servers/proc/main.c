/*
 * proc, the process server: what makes processes of the kernel's threads and spaces, and answers the Linux calls about
 * them. Read syscalls.c for what arrives, process.h for what there is, fork.c for the heart.
 */
#include "servers/proc/clock.h"
#include "servers/proc/first.h"
#include "servers/proc/fork.h"
#include "servers/proc/futex.h"
#include "servers/proc/process.h"
#include "servers/proc/random.h"
#include "servers/proc/session.h"
#include "servers/proc/syscalls.h"
#include "servers/proc/vdso.h"
#include "servers/protocol/proc.h"
#include <stdio.h>

static const struct root_facts *const facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;

static void notified(uint64_t bits)
{
    if (bits & PROC_EVENT_TIMER)
        timeouts_run();
    if (bits & PROC_EVENT_VFS)
        session_events();
}

static void seed(void)
{
    uint64_t entropy[3] = { facts->boot_entropy, facts->realtime_ns, tine_time() };

    random_seed(entropy, sizeof(entropy));
}

int main(void)
{
    static const struct server server = { .dispatch = dispatch, .notified = notified, .failed = dispatch_failed,
                                          .uncopied = user_answer_failed };
    cap_t route = cap_take();
    err_t err = timeouts_start(TINE_SLOT_POOL, TINE_SLOT_NOTIFICATION, PROC_EVENT_TIMER, facts->timebase_hz);

    seed();
    clock_start(facts->realtime_ns);
    futex_start();
    fork_start();
    if (!err && !vdso_start(facts->timebase_hz))
        err = TINE_ERR_MEMORY;
    if (!err)
        err = route_make(route, ROOT_PROC_VFS_ROUTE);
    if (err) {
        printf("proc: no timer, vDSO or route: error %ld\n", -err);
        return 1;
    }
    first_start(facts->bootargs, route);
    err = server_loop(TINE_SLOT_ENDPOINT, &server);
    printf("proc: cannot receive: error %ld\n", -err);
    return 1;
}
