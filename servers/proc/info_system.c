/* /proc itself: memory, time, harts, names; and /proc/tine, the counters that only Tine has. */
#include "servers/proc/frozen.h"
#include "servers/proc/info.h"
#include "servers/proc/library.h"
#include "servers/proc/machine.h"
#include "servers/proc/uts.h"
#include "servers/proc/pid.h"
#include "servers/proc/syscalls.h"

#define KIB          1024UL
#define NS_PER_S     1000000000UL
#define CENTISECONDS 100UL

static const struct root_facts *const facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;

static struct tine_stat stat_now(void)
{
    struct tine_stat stat = { 0 };

    tine_control_stat(TINE_SLOT_CONTROL, &stat);
    return stat;
}

uint64_t info_harts(void)
{
    return stat_now().harts;
}

/* ---- time: in 1/100 s -------------------------------------------------------------------------------------------- */

struct hart_time {
    uint64_t up;   /* since reset */
    uint64_t idle; /* of all harts together */
    uint64_t busy; /* so too */
};

static struct hart_time hart_time(const struct tine_stat *stat)
{
    uint64_t up = clock_ticks_100hz(tine_time()), all = up * stat->harts;
    uint64_t idle = stat->tick_hz ? stat->idle_ticks * CENTISECONDS / stat->tick_hz : 0;

    if (idle > all)
        idle = all;
    return (struct hart_time){ .up = up, .idle = idle, .busy = all - idle };
}

static unsigned threads_ready(void)
{
    const struct process *process;
    const struct thread *thread;
    struct tine_values v;
    unsigned ready = 1; /* whoever asks */

    for (process = process_next(NULL); process; process = process_next(process))
        LIST_FOREACH (thread, &process->threads, sibling)
            ready += !tine_thread_info(thread->cap, &v) && v.a1 == TINE_THREAD_READY;
    return ready;
}

static void uptime(struct text *text)
{
    struct tine_stat stat = stat_now();
    struct hart_time time = hart_time(&stat);

    text_print(text, "%lu.%02lu %lu.%02lu\n", time.up / CENTISECONDS, time.up % CENTISECONDS, time.idle / CENTISECONDS,
               time.idle % CENTISECONDS);
}

/* The kernel counts for all harts together; each gets an equal part. */
static void system_stat(struct text *text)
{
    struct tine_stat stat = stat_now();
    struct hart_time time = hart_time(&stat);

    text_print(text, "cpu  %lu 0 0 %lu 0 0 0 0 0 0\n", time.busy, time.idle);
    for (uint64_t i = 0; i < stat.harts; i++)
        text_print(text, "cpu%lu %lu 0 0 %lu 0 0 0 0 0 0\n", i, time.busy / stat.harts, time.idle / stat.harts);
    text_print(text, "intr %lu\nctxt %lu\nbtime %lu\nprocesses %u\nprocs_running %u\nprocs_blocked 0\n",
               stat.interrupts, stat.switches, clock_realtime_offset_ns() / NS_PER_S, pid_last(), threads_ready());
}

/* ---- load: averages of how many harts were busy, over 1, 5 and 15 minutes ---------------------------------------- */

#define LOAD_BITS   11 /* behind the point */
#define LOAD_ONE    (1UL << LOAD_BITS)
#define LOAD_PERIOD (5 * CENTISECONDS)

/* base^n, both between 0 and 1 in fixed point: what is left of an average after n periods. O(log n). */
static uint64_t left_after(uint64_t base, uint64_t n)
{
    uint64_t result = LOAD_ONE;

    for (; n; n >>= 1) {
        if (n & 1)
            result = (result * base + LOAD_ONE / 2) >> LOAD_BITS;
        base = (base * base + LOAD_ONE / 2) >> LOAD_BITS;
    }
    return result;
}

/*
 * Nobody samples: the averages are brought up to date when someone asks, with the mean of the time since. For an
 * exponential average that is the same as samples of that mean.
 */
static void loadavg(struct text *text)
{
    static const uint64_t decay[3] = { 1884, 2014, 2037 }; /* e^(-5/60), e^(-5/300), e^(-5/900) */
    static uint64_t load[3];
    static struct hart_time last;
    struct tine_stat stat = stat_now();
    struct hart_time time = hart_time(&stat);
    uint64_t periods = (time.up - last.up) / LOAD_PERIOD;

    if (periods) {
        uint64_t mean = ((time.busy - last.busy) << LOAD_BITS) / (time.up - last.up);

        for (unsigned i = 0; i < 3; i++) {
            uint64_t left = left_after(decay[i], periods);

            load[i] = (load[i] * left + mean * (LOAD_ONE - left)) >> LOAD_BITS;
        }
        last = time;
    }
    for (unsigned i = 0; i < 3; i++) {
        uint64_t hundredths = (load[i] * 100 + LOAD_ONE / 2) >> LOAD_BITS;

        text_print(text, "%lu.%02lu ", hundredths / 100, hundredths % 100);
    }
    text_print(text, "%u/%u %u\n", threads_ready(), thread_count, pid_last());
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void print_kib(struct text *text, const char *name, uint64_t bytes)
{
    text_print(text, "%-16s%8lu kB\n", name, bytes / KIB);
}

/* Pages of files are not told apart from other memory here, and there is neither swap nor a cache that could shrink. */
static void meminfo(struct text *text)
{
    uint64_t total, left;

    machine_memory(&total, &left);
    print_kib(text, "MemTotal:", total);
    print_kib(text, "MemFree:", left);
    print_kib(text, "MemAvailable:", left);
    print_kib(text, "Buffers:", 0);
    print_kib(text, "Cached:", 0);
    print_kib(text, "SwapCached:", 0);
    print_kib(text, "SwapTotal:", 0);
    print_kib(text, "SwapFree:", 0);
    print_kib(text, "Slab:", 0);
    print_kib(text, "SReclaimable:", 0);
}

/* There is no disk, so nothing is paged in or out. */
static void vmstat(struct text *text)
{
    struct tine_stat stat = stat_now();

    text_print(text, "nr_free_pages %lu\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault %lu\npgmajfault 0\n",
               stat.frames_free, stat.faults);
}

/* ---- the machine ------------------------------------------------------------------------------------------------- */

static void version(struct text *text)
{
    const struct new_utsname *names = machine_names();

    text_print(text, "%s version %s (tine@tine) (gcc %s) %s\n", names->sysname, names->release, __VERSION__,
               names->version);
}

/* What programs may count on; a hart may have more. */
static void cpuinfo(struct text *text)
{
    for (uint64_t i = 0, harts = info_harts(); i < harts; i++)
        text_print(text, "processor\t: %lu\nhart\t\t: %lu\nisa\t\t: rv64imafdc_zicsr_zifencei\nmmu\t\t: sv39\n\n",
                   i, i);
}

/* ---- /proc/tine -------------------------------------------------------------------------------------------------- */

static void tine_objects(struct text *text, const struct tine_stat *stat)
{
    static const char *const kinds[TINE_KINDS] = {
        [TINE_KIND_POOL] = "pool",
        [TINE_KIND_CSPACE] = "cspace",
        [TINE_KIND_SPACE] = "space",
        [TINE_KIND_THREAD] = "thread",
        [TINE_KIND_ENDPOINT] = "endpoint",
        [TINE_KIND_REPLY] = "reply",
        [TINE_KIND_NOTIFICATION] = "notification",
        [TINE_KIND_TIMER] = "timer",
        [TINE_KIND_INTERRUPT] = "interrupt",
        [TINE_KIND_DEVICE] = "device",
        [TINE_KIND_ROUTE] = "route",
        [TINE_KIND_CONTROL] = "control",
    };

    for (unsigned kind = 0; kind < TINE_KINDS; kind++)
        if (kinds[kind])
            text_print(text, "objects_%s %lu\n", kinds[kind], stat->objects[kind]);
}

static void tine_counters(struct text *text)
{
    struct tine_stat stat = stat_now();

    text_print(text, "frames %lu\nframes_free %lu\n", stat.frames, stat.frames_free);
    tine_objects(text, &stat);
    text_print(text, "caps %lu\nipcs %lu\nfaults %lu\nswitches %lu\nspace_switches %lu\n", stat.caps,
               stat.ipcs, stat.faults, stat.switches, stat.space_switches);
    text_print(text, "tlb_flushes_page %lu\ntlb_flushes_space %lu\ntlb_flushes_all %lu\n", stat.tlb_flushes_page,
               stat.tlb_flushes_space, stat.tlb_flushes_all);
    text_print(text, "tables_shared %lu\ntables_frozen %lu\ntables_split %lu\n", stat.tables_shared,
               stat.tables_frozen, stat.tables_split);
    text_print(text, "pages_big %lu\npages_broken %lu\n", stat.pages_big, stat.pages_broken);
    text_print(text, "pages_copied %lu\npages_zeroed %lu\ninterrupts %lu\nticks %lu\nidle_ticks %lu\nunanswered %lu\n",
               stat.pages_copied, stat.pages_zeroed, stat.interrupts, stat.ticks, stat.idle_ticks,
               stat.unanswered);
    text_print(text, "lock_waits %lu\nremote_flushes %lu\nkicks %lu\n", stat.lock_waits, stat.remote_flushes, stat.kicks);
    text_print(text, "harts %lu\ntick_hz %lu\ntimebase_hz %lu\n", stat.harts, stat.tick_hz, stat.timebase_hz);
    text_print(text, "processes %u\nthreads %u\nregions %u\nunknown_calls %lu\n", process_count, thread_count,
               region_count, unknown_calls);
    text_print(text, "images %u\nimage_tables %lu\nlibraries %u\n", frozen_count, frozen_tables(),
               library_count);
}

static void tine_check(struct text *text)
{
    unsigned long broken = 0;

    if (tine_control_check(TINE_SLOT_CONTROL, &broken))
        text_print(text, "refused\n");
    else if (broken)
        text_print(text, "broken %lu\n", broken);
    else
        text_print(text, "ok\n");
}

static void tine_unknown(struct text *text)
{
    size_t bytes = 16384;
    char *to = text_room(text, bytes);

    if (to)
        text_added(text, unknown_text(to, bytes));
}

bool info_system(struct text *text, enum proc_info info, const struct thread *reader)
{
    switch (info) {
    case PROC_INFO_MEMINFO:
        meminfo(text);
        return true;
    case PROC_INFO_SYSTEM_STAT:
        system_stat(text);
        return true;
    case PROC_INFO_UPTIME:
        uptime(text);
        return true;
    case PROC_INFO_LOADAVG:
        loadavg(text);
        return true;
    case PROC_INFO_VERSION:
        version(text);
        return true;
    case PROC_INFO_CPUINFO:
        cpuinfo(text);
        return true;
    case PROC_INFO_VMSTAT:
        vmstat(text);
        return true;
    case PROC_INFO_SYS_PID_MAX:
        text_print(text, "%u\n", PID_MAX);
        return true;
    case PROC_INFO_SYS_HOSTNAME:
        text_print(text, "%s\n", process_uts(reader->process)->nodename);
        return true;
    case PROC_INFO_SYS_OSRELEASE:
        text_print(text, "%s\n", machine_names()->release);
        return true;
    case PROC_INFO_SYS_OVERCOMMIT:
        text_print(text, "1\n");
        return true;
    case PROC_INFO_SYS_RANDOMIZE:
        text_print(text, "%d\n", layout_randomize);
        return true;
    case PROC_INFO_CMDLINE_KERNEL:
        text_print(text, "%s\n", facts->bootargs);
        return true;
    case PROC_INFO_TINE_STAT:
        tine_counters(text);
        return true;
    case PROC_INFO_TINE_CHECK:
        tine_check(text);
        return true;
    case PROC_INFO_TINE_UNKNOWN:
        tine_unknown(text);
        return true;
    default:
        return info_ipc(text, info, reader) || info_choice(text, info, &system_choice);
    }
}
