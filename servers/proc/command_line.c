/* Parsing the kernel's command line: see command_line.h. */
#include "servers/proc/command_line.h"
#include <stddef.h>
#include <string.h>

/* What Linux, or Tine, takes for itself. A name with a dot is a module's and goes to nobody. */
static const char *const known[] = {
    "console", "quiet",    "debug",       "loglevel",  "earlycon", "earlyprintk", "root", "rootfstype", "rootflags",
    "ro",      "rw",       "rootwait",    "rootdelay", "panic",    "nokaslr",     "mem",  "maxcpus",    "nosmp",
    "nr_cpus", "ip",       "initrd",      "noinitrd",  "init",     "rdinit",      "oops", "swiotlb",    "audit",
    "selinux", "apparmor", "mitigations", "isolcpus",  "cma",      "hugepages",   "lpj",  "BOOT_IMAGE", "usbcore",
};

static bool is_known(const char *word, size_t name)
{
    if (memchr(word, '.', name))
        return true;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strlen(known[i]) == name && !memcmp(known[i], word, name))
            return true;
    return false;
}

/* Takes the next word off *at, quotes removed, zero-terminated; NULL at the end. */
static char *next_word(char **at)
{
    char *from = *at, *word, *to;
    bool quoted = false;

    while (*from == ' ' || *from == '\t' || *from == '\n')
        from++;
    if (!*from)
        return NULL;
    for (word = to = from; *from && (quoted || (*from != ' ' && *from != '\t' && *from != '\n')); from++) {
        if (*from == '"')
            quoted = !quoted;
        else
            *to++ = *from;
    }
    *at = *from ? from + 1 : from;
    *to = 0;
    return word;
}

static void add(const char **list, unsigned *count, const char *word)
{
    if (*count < COMMAND_LINE_WORDS)
        list[(*count)++] = word;
}

/* init= starts the list of arguments anew, as in Linux. */
static void parameter(struct command_line *c, char *word)
{
    char *equals = strchr(word, '=');
    size_t name = equals ? (size_t)(equals - word) : strlen(word);

    if (equals && name == strlen("init") && !memcmp(word, "init", name)) {
        c->init = equals + 1;
        c->argc = 0;
    } else if (equals && name == strlen("rdinit") && !memcmp(word, "rdinit", name)) {
        c->rdinit = equals + 1;
        c->argc = 0;
    } else if (!strcmp(word, "norandmaps")) {
        c->fixed_addresses = true;
    } else if (!is_known(word, name)) {
        if (equals)
            add(c->envp, &c->envc, word);
        else
            add(c->argv, &c->argc, word);
    }
}

void command_line_parse(struct command_line *c, const char *line)
{
    bool for_init = false;
    char *at = c->text, *word;

    memset(c, 0, sizeof(*c));
    strncpy(c->text, line, COMMAND_LINE_BYTES - 1);
    while ((word = next_word(&at))) {
        if (for_init)
            add(c->argv, &c->argc, word);
        else if (!strcmp(word, "--"))
            for_init = true;
        else
            parameter(c, word);
    }
}
