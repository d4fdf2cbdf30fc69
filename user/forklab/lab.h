/*
 * The fork laboratory: experiments deliver records, the output makes tables of them. An experiment runs in a process of its
 * own, so that one that is killed costs only its own records, and writes them to a pipe.
 */
#ifndef FORKLAB_LAB_H
#define FORKLAB_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PAGE = 4096, NO_STRATEGY = -1 };

struct record {
    char experiment[12];
    char strategy[12]; /* "-": not by strategy */
    char metric[20];
    char unit[8];
    uint64_t parameter; /* bytes, per cent or a number, as the experiment says */
    uint64_t value;
};

struct experiment {
    const char *name;
    const char *parameter; /* what it varies */
    const char *about;
    void (*run)(void);
    bool on_demand; /* not among those that run if none is named */
};

extern const struct experiment experiments[];

struct options {
    uint64_t most;    /* bytes of resident memory at most; 0: what is free allows */
    unsigned rounds;  /* of each measurement */
    bool huge;        /* pages of 2 MiB are left as the system has them */
    bool by_strategy; /* this kernel has strategies */
};

extern struct options options;

/* Delivers a record of the running experiment. */
void record(int strategy, uint64_t parameter, const char *metric, uint64_t value, const char *unit);
/* A child of the experiment that lives on keeps the pipe open no longer. */
void record_no_more(void);

/* ---- output ------------------------------------------------------------------------------------------------------- */

enum format { TABLES, CSV, JSON };

void output_begin(enum format format);
/* All records of an experiment. */
void output_records(enum format format, const struct experiment *experiment, const struct record *records, size_t count);
void output_end(enum format format);

#endif
