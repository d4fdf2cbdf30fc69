/* Tables for people, CSV and JSON for tools. */
#include "lab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define COLUMNS 8

static bool first_record;

void output_begin(enum format format)
{
    struct utsname name;

    uname(&name);
    first_record = true;
    if (format == CSV)
        puts("experiment,strategy,parameter,metric,value,unit");
    else if (format == JSON)
        printf("{\"system\": \"%s\", \"release\": \"%s\", \"records\": [", name.sysname, name.release);
    else
        printf("%s %s. ns are instructions under QEMU's -icount shift=0.%s\n", name.sysname, name.release,
               options.by_strategy ? "" : " This kernel has one strategy of its own.");
}

void output_end(enum format format)
{
    if (format == JSON)
        puts("\n]}");
}

/* ---- for tools --------------------------------------------------------------------------------------------------- */

static void csv(const struct record *r)
{
    printf("%s,%s,%" PRIu64 ",%s,%" PRIu64 ",%s\n", r->experiment, r->strategy, r->parameter, r->metric, r->value,
           r->unit);
}

static void json(const struct record *r)
{
    printf("%s\n  {\"experiment\": \"%s\", \"strategy\": \"%s\", \"parameter\": %" PRIu64
           ", \"metric\": \"%s\", \"value\": %" PRIu64 ", \"unit\": \"%s\"}",
           first_record ? "" : ",", r->experiment, r->strategy, r->parameter, r->metric, r->value, r->unit);
    first_record = false;
}

/* ---- for people: a row per parameter and metric, a column per strategy ------------------------------------------- */

static bool same_row(const struct record *a, const struct record *b)
{
    return a->parameter == b->parameter && !strcmp(a->metric, b->metric);
}

static size_t columns_of(const struct record *records, size_t count, const char *columns[])
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        size_t c = 0;

        while (c < found && strcmp(columns[c], records[i].strategy))
            c++;
        if (c == found && found < COLUMNS)
            columns[found++] = records[i].strategy;
    }
    return found;
}

static bool is_first_of_row(const struct record *records, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (same_row(&records[i], &records[index]))
            return false;
    return true;
}

/* 67108864 as 64 MiB. */
static const char *parameter_text(const struct experiment *experiment, uint64_t value, char *to, size_t size)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
    unsigned unit = 0;

    if (strcmp(experiment->parameter, "bytes")) {
        snprintf(to, size, "%" PRIu64, value);
        return to;
    }
    for (; unit < 3 && value >= 1024; unit++)
        value /= 1024;
    snprintf(to, size, "%" PRIu64 " %s", value, units[unit]);
    return to;
}

static void row(const struct experiment *experiment, const struct record *records, size_t count,
                const struct record *head, const char *const columns[], size_t column_count)
{
    char text[32];

    printf("%10s  %-18s %6s", parameter_text(experiment, head->parameter, text, sizeof text), head->metric,
           head->unit);
    for (size_t c = 0; c < column_count; c++) {
        const struct record *found = NULL;

        for (size_t i = 0; i < count; i++)
            if (same_row(&records[i], head) && !strcmp(records[i].strategy, columns[c]))
                found = &records[i];
        if (found)
            printf(" %14" PRIu64, found->value);
        else
            printf(" %14s", "-");
    }
    putchar('\n');
}

static void table(const struct experiment *experiment, const struct record *records, size_t count)
{
    const char *columns[COLUMNS];
    size_t column_count = columns_of(records, count, columns);

    printf("\n%s: %s\n%10s  %-18s %6s", experiment->name, experiment->about, experiment->parameter, "", "");
    for (size_t c = 0; c < column_count; c++)
        printf(" %14s", columns[c]);
    putchar('\n');
    for (size_t i = 0; i < count; i++)
        if (is_first_of_row(records, i))
            row(experiment, records, count, &records[i], columns, column_count);
}

void output_records(enum format format, const struct experiment *experiment, const struct record *records, size_t count)
{
    if (format == TABLES)
        table(experiment, records, count);
    else
        for (size_t i = 0; i < count; i++)
            (format == CSV ? csv : json)(&records[i]);
    fflush(stdout);
}
