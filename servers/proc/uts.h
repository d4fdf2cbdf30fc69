/* UTS namespaces: what uname(2) calls the machine and its domain. uts_namespaces(7). */
#ifndef PROC_UTS_H
#define PROC_UTS_H

#include "servers/proc/namespace.h"
#include <linux/utsname.h>

struct uts_namespace {
    struct namespace ns;
    char nodename[__NEW_UTS_LEN + 1], domainname[__NEW_UTS_LEN + 1];
};

extern struct uts_namespace uts_first;

/* For namespace_types. A new one begins with the names of the one before. */
long uts_make(struct namespace *from, const struct process *maker, struct namespace **fresh);
void uts_free(struct namespace *ns);

/* The process's; borrowed. */
struct uts_namespace *process_uts(const struct process *process);

#endif
