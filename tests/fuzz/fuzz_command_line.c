/* servers/proc/command_line.c on any line: every word it hands out lies, ended, in its own copy of the line. */
#include "servers/proc/command_line.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct command_line c;

static void check(const char *word)
{
    if (word && (word < c.text || word >= c.text + sizeof(c.text) || !memchr(word, 0, (size_t)(c.text + sizeof(c.text) - word))))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *line = malloc(bytes + 1);

    memcpy(line, data, bytes);
    line[bytes] = 0;
    command_line_parse(&c, line);
    free(line);
    if (c.argc > COMMAND_LINE_WORDS || c.envc > COMMAND_LINE_WORDS)
        abort();
    check(c.init);
    check(c.rdinit);
    for (unsigned i = 0; i < c.argc; i++)
        check(c.argv[i]);
    for (unsigned i = 0; i < c.envc; i++) {
        check(c.envp[i]);
        if (!strchr(c.envp[i], '='))
            abort();
    }
    return 0;
}
