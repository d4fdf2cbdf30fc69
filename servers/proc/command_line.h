/*
 * The kernel's command line, as far as it concerns the first process: which program, with which arguments and
 * environment. The rules are Linux's (Documentation/admin-guide/kernel-parameters): what comes after `--`, and words
 * that no kernel knows, go to init, those with `=` into its environment. Pure.
 */
#ifndef PROC_COMMAND_LINE_H
#define PROC_COMMAND_LINE_H

#include <stdbool.h>

enum { COMMAND_LINE_BYTES = 2048, COMMAND_LINE_WORDS = 32 };

struct command_line {
    char text[COMMAND_LINE_BYTES]; /* cut into words */
    const char *init;              /* init=, or NULL */
    const char *rdinit;            /* rdinit=, or NULL */
    bool fixed_addresses;          /* norandmaps */
    unsigned argc, envc;
    const char *argv[COMMAND_LINE_WORDS]; /* without argv[0]; more are dropped */
    const char *envp[COMMAND_LINE_WORDS];
};

/* Parses a zero-terminated line, cut if it is longer. Quotes keep blanks in a word. */
void command_line_parse(struct command_line *c, const char *line);

#endif
