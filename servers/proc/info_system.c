/* /proc: the system as a whole, proc(5); and /proc/tine: what Tine counts, for tests and the curious. */
#include "servers/proc/info_texts.h"
#include "servers/proc/machine.h"
#include "servers/proc/pid.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include <stdio.h>
#include <string.h>

#define NS_A_SECOND 1000000000UL
enum { HUNDREDTH_NS = 10000000 };

static const struct root_facts *const facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;

static struct tine_stat stat_now(void)
{
    struct tine_stat stat;

    if (tine_control_stat(TINE_SLOT_CONTROL, &stat))
        memset(&stat, 0, sizeof(stat));
    return stat;
}

void text_meminfo(struct text *t)
{
    struct tine_stat stat = stat_now();
    uint64_t kib = TINE_PAGE_SIZE / 1024, left = stat.frames_free * kib;

    text_print(t, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n", stat.frames * kib, left,
               left);
    text_print(t, "Buffers:        %8u kB\nCached:         %8u kB\nSwapCached:     %8u kB\n", 0, 0, 0);
    text_print(t, "Active:         %8u kB\nInactive:       %8u kB\n", 0, 0);
    text_print(t, "SwapTotal:      %8u kB\nSwapFree:       %8u kB\nDirty:          %8u kB\nWriteback:      %8u kB\n", 0, 0, 0,
               0);
    text_print(t, "AnonPages:      %8u kB\nMapped:         %8u kB\nShmem:          %8u kB\nSlab:           %8u kB\n", 0, 0, 0,
               0);
    text_print(t, "SReclaimable:   %8u kB\nCommitLimit:    %8lu kB\nCommitted_AS:   %8u kB\n", 0, stat.frames * kib, 0);
}

/* Processor time since the start, in 1/100 s: of user threads and servers together, and idle. */
static void put_cpu(struct text *t, const char *name, const struct tine_stat *stat)
{
    uint64_t all = clock_monotonic_ns() / HUNDREDTH_NS;
    uint64_t idle = stat->ticks ? all * stat->idle_ticks / stat->ticks : 0;

    text_print(t, "%s %lu 0 0 %lu 0 0 0 0 0 0\n", name, all - idle, idle);
}

void text_system_stat(struct text *t)
{
    struct tine_stat stat = stat_now();

    put_cpu(t, "cpu ", &stat);
    for (unsigned long i = 0; i < stat.harts; i++) {
        char name[16];

        snprintf(name, sizeof(name), "cpu%lu", i);
        put_cpu(t, name, &stat);
    }
    text_print(t, "intr %lu\nctxt %lu\nbtime %lu\nprocesses %u\nprocs_running 1\nprocs_blocked 0\n", stat.interrupts,
               stat.switches, clock_realtime_offset_ns() / NS_A_SECOND, pid_last());
}

static void put_hundredths(struct text *t, uint64_t ns, const char *end)
{
    text_print(t, "%lu.%02lu%s", ns / NS_A_SECOND, ns % NS_A_SECOND / HUNDREDTH_NS, end);
}

void text_uptime(struct text *t)
{
    struct tine_stat stat = stat_now();
    uint64_t ns = clock_monotonic_ns();

    put_hundredths(t, ns, " ");
    put_hundredths(t, stat.ticks ? (uint64_t)((unsigned __int128)ns * stat.idle_ticks / stat.ticks) : 0, "\n");
}

void text_loadavg(struct text *t)
{
    text_print(t, "0.00 0.00 0.00 1/%u %u\n", thread_count, pid_last());
}

void text_version(struct text *t)
{
    const struct new_utsname *names = machine_names();

    text_print(t, "%s version %s %s\n", names->sysname, names->release, names->version);
}

void text_cpuinfo(struct text *t)
{
    for (unsigned long i = 0; i < facts->harts; i++)
        text_print(t, "processor\t: %lu\nhart\t\t: %lu\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n\n", i, i);
}

void text_vmstat(struct text *t)
{
    struct tine_stat stat = stat_now();

    text_print(t, "nr_free_pages %lu\npgfault %lu\npgmajfault 0\npswpin 0\npswpout 0\n", stat.frames_free, stat.faults);
}

void text_pid_max(struct text *t)
{
    text_print(t, "%d\n", PID_MAX);
}

void text_hostname(struct text *t)
{
    text_print(t, "%s\n", machine_names()->nodename);
}

void text_osrelease(struct text *t)
{
    text_print(t, "%s\n", machine_names()->release);
}

void text_overcommit(struct text *t)
{
    text_print(t, "0\n");
}

void text_command_line(struct text *t)
{
    text_put(t, facts->bootargs, strnlen(facts->bootargs, sizeof(facts->bootargs)));
    text_put(t, "\n", 1);
}

/* ---- /proc/tine ------------------------------------------------------------------------------------------------------------------------ */

static const char *const kind_name[TINE_KINDS] = {
    [TINE_KIND_POOL] = "pool",         [TINE_KIND_CSPACE] = "cspace",       [TINE_KIND_SPACE] = "space",
    [TINE_KIND_THREAD] = "thread",     [TINE_KIND_ENDPOINT] = "endpoint",   [TINE_KIND_REPLY] = "reply",
    [TINE_KIND_NOTIFICATION] = "notification", [TINE_KIND_TIMER] = "timer", [TINE_KIND_INTERRUPT] = "interrupt",
    [TINE_KIND_DEVICE] = "device",     [TINE_KIND_ROUTE] = "route",         [TINE_KIND_CONTROL] = "control",
};

static void put_counts(struct text *t, const struct tine_stat *s)
{
    const struct {
        const char *name;
        unsigned long value;
    } row[] = {
        { "frames_total", s->frames },
        { "frames_free", s->frames_free },
        { "caps", s->caps },
        { "processes", process_count },
        { "threads", thread_count },
        { "regions", region_count },
        { "ipcs", s->ipcs },
        { "faults", s->faults },
        { "switches", s->switches },
        { "space_switches", s->space_switches },
        { "tlb_flushes", s->tlb_flushes },
        { "pages_copied", s->pages_copied },
        { "pages_zeroed", s->pages_zeroed },
        { "interrupts", s->interrupts },
        { "ticks", s->ticks },
        { "idle_ticks", s->idle_ticks },
        { "harts", s->harts },
        { "tick_hz", s->tick_hz },
        { "timebase_hz", s->timebase_hz },
        { "unknown_calls", unknown_calls },
    };

    for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        text_print(t, "%s %lu\n", row[i].name, row[i].value);
}

void text_tine_stat(struct text *t)
{
    struct tine_stat stat = stat_now();

    put_counts(t, &stat);
    for (unsigned kind = 1; kind < TINE_KINDS; kind++)
        text_print(t, "objects_%s %lu\n", kind_name[kind], stat.objects[kind]);
}

void text_tine_check(struct text *t)
{
    unsigned long broken;

    if (tine_control_check(TINE_SLOT_CONTROL, &broken))
        text_print(t, "refused\n");
    else if (broken)
        text_print(t, "broken %lu\n", broken);
    else
        text_print(t, "ok\n");
}

void text_tine_unknown(struct text *t)
{
    static char lines[TINE_ROUTE_CALLS * 16];

    text_put(t, lines, unknown_text(lines, sizeof(lines)));
}
