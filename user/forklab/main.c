/*
 * forklab: what fork costs, by what it depends on. The same file runs on Linux and on Tine; on Tine, it also varies the
 * strategy of fork (docs/strategies.md). `forklab --help` says how to use it.
 */
#include "lab.h"
#include "tine/fork.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>

#define RECORDS 512

struct options options = { .rounds = 8 };

static const struct experiment *running;
static int results = -1; /* the pipe's end of the running experiment */

void record(int strategy, uint64_t parameter, const char *metric, uint64_t value, const char *unit)
{
    struct record r = { .parameter = parameter, .value = value };

    snprintf(r.experiment, sizeof r.experiment, "%s", running->name);
    snprintf(r.strategy, sizeof r.strategy, "%s", strategy == NO_STRATEGY ? "-" : fork_strategy_name(strategy));
    snprintf(r.metric, sizeof r.metric, "%s", metric);
    snprintf(r.unit, sizeof r.unit, "%s", unit);
    if (write(results, &r, sizeof r) != sizeof r)
        exit(1);
}

void record_no_more(void)
{
    close(results);
}

/* Runs it in a child. The number of its records; *whole says that it came to its end. */
static size_t perform(const struct experiment *experiment, struct record *records, bool *whole)
{
    size_t bytes = 0;
    ssize_t got;
    int ends[2], status = -1;

    *whole = false;
    if (pipe(ends))
        return 0;
    fflush(stdout); /* or the child would print what waits there, too */
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        results = ends[1];
        running = experiment;
        experiment->run();
        exit(0);
    }
    close(ends[1]);
    while (child > 0 && bytes < RECORDS * sizeof *records &&
           (got = read(ends[0], (char *)records + bytes, RECORDS * sizeof *records - bytes)) != 0)
        if (got > 0)
            bytes += (size_t)got;
        else if (errno != EINTR)
            break;
    close(ends[0]);
    if (child > 0)
        waitpid(child, &status, 0);
    *whole = status == 0;
    return bytes / sizeof *records;
}

static bool is_named(const char *name, char **names)
{
    while (*names && strcmp(*names, name))
        names++;
    return *names;
}

static bool exists(const char *name)
{
    const struct experiment *experiment = experiments;

    while (experiment->name && strcmp(experiment->name, name))
        experiment++;
    return experiment->name;
}

static int perform_all(enum format format, char **names)
{
    static struct record records[RECORDS];
    int failures = 0;

    output_begin(format);
    for (const struct experiment *experiment = experiments; experiment->name; experiment++) {
        bool whole;

        if (*names ? !is_named(experiment->name, names) : experiment->on_demand)
            continue;
        size_t count = perform(experiment, records, &whole);
        output_records(format, experiment, records, count);
        if (!whole) {
            fprintf(stderr, "forklab: %s did not come to its end\n", experiment->name);
            failures++;
        }
    }
    output_end(format);
    return failures ? 1 : 0;
}

static int help(void)
{
    puts("forklab [OPTION]... [EXPERIMENT]...   what fork costs, on this kernel\n\n"
         "  --csv, --json   for tools; without, tables for people\n"
         "  --huge          with pages of 2 MiB where the system would use them; without, they are switched off\n"
         "  --most SIZE     largest resident size: 64M, 16G; without, what is free\n"
         "  --rounds N      measurements of which the mean is taken; 8\n"
         "  --help          this\n\nExperiments (all, if none is named):");
    for (const struct experiment *experiment = experiments; experiment->name; experiment++)
        printf("  %-10s %s\n", experiment->name, experiment->about);
    puts("\nTimes are of CLOCK_MONOTONIC; under QEMU's -icount shift=0 a nanosecond is an executed instruction.\n"
         "Where the kernel knows strategies (Tine: docs/strategies.md) there is a column for each.");
    return 0;
}

/* 0 if it is no size. */
static uint64_t size_of(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;

    return value << shift;
}

static int wrong(const char *word)
{
    fprintf(stderr, "forklab: %s: no such option, value or experiment; try --help\n", word);
    return 2;
}

/* As a machine's first program it makes /proc, lets the kernel finish what it does after booting, and ends the machine. */
static int run(enum format format, char **names)
{
    bool first = getpid() == 1;
    int status;

    if (first) {
        mount("proc", "/proc", "proc", 0, NULL);
        sleep(10);
    }
    options.by_strategy = fork_chosen(TINE_FORK_STRATEGY) >= 0;
    prctl(PR_SET_THP_DISABLE, !options.huge, 0, 0, 0);
    status = perform_all(format, names);
    if (first) {
        puts("forklab done");
        fflush(stdout);
        reboot(RB_POWER_OFF);
    }
    return status;
}

int main(int argc, char **argv)
{
    enum format format = TABLES;
    char **word = argv + (argc > 0);

    for (; *word && !strncmp(*word, "--", 2); word++) {
        if (!strcmp(*word, "--nothing"))
            return 0;
        if (!strcmp(*word, "--help"))
            return help();
        if (!strcmp(*word, "--huge"))
            options.huge = true;
        else if (!strcmp(*word, "--csv"))
            format = CSV;
        else if (!strcmp(*word, "--json"))
            format = JSON;
        else if (!strcmp(*word, "--most") && word[1] && (options.most = size_of(word[1])))
            word++;
        else if (!strcmp(*word, "--rounds") && word[1] && (options.rounds = (unsigned)size_of(word[1])))
            word++;
        else
            return wrong(*word);
    }
    for (char **name = word; *name; name++)
        if (!exists(*name))
            return wrong(*name);
    return run(format, word);
}
