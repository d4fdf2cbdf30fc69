/*
 * What the machine is called and how much of it there is: uname(2), sysinfo(2), reboot(2), syslog(2). /proc takes its
 * texts from the same place.
 */
#ifndef PROC_MACHINE_H
#define PROC_MACHINE_H

#include <linux/utsname.h>
#include <stdint.h>

/* The names as uname(2) gives them, but for nodename and domainname: uts.h. */
const struct new_utsname *machine_names(void);

/* Memory that user processes and files can have at most, and what is left of it; in bytes. One kernel operation. */
void machine_memory(uint64_t *total, uint64_t *left);

/*
 * One command of Linux's "magic SysRq" (Documentation/admin-guide/sysrq.rst), by its letter: b reboots, o switches off, c
 * crashes the kernel. -EINVAL for others; -EIO where the machine does not obey.
 */
long machine_sysrq(char command);

#endif
