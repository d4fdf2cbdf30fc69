/*
 * The texts of /proc that proc knows (servers/protocol/proc.h, PROC_LABEL_INFO), in the formats of proc(5). What Tine
 * does not measure is left out where Linux's readers allow it, and 0 where a column must be there.
 */
#ifndef PROC_INFO_H
#define PROC_INFO_H

#include "servers/proc/process.h"
#include "servers/proc/text.h"
#include "servers/protocol/proc.h"

/*
 * vfs forwarded the client with PROC_LABEL_INFO: answers its read. The count, or -ESRCH (no such process), -EACCES
 * (not the reader's to see), -EFAULT, -ENOMEM. O(what the text is about).
 */
long info_read(struct thread *self, struct call *call);

/* The same with PROC_LABEL_SET, for a write. The count, or -EINVAL (no such value), -EPERM, -ESRCH, -EFAULT. O(1). */
long info_write(struct thread *self, struct call *call);

/* The same with PROC_LABEL_THREADS: tells vfs the threads and sends the client back there. -ENOMEM. O(threads). task.c */
long task_tell(struct thread *self, struct call *call);

/* ptrace(2), "Ptrace access mode checking": whether reader may see what is private to the process. */
bool may_inspect(const struct process *reader, const struct process *process);

/* A setting of fork, as text. False: it is none. */
bool info_choice(struct text *text, enum proc_info info, const struct fork_choice *choice);

/* Of a process: info_process.c. False: there is no such text. Zombies have neither memory nor threads. */
bool info_process(struct text *text, enum proc_info info, const struct thread *reader, const struct process *process);

/* The same of a thread: what is its own. */
bool info_thread(struct text *text, enum proc_info info, const struct thread *reader, const struct thread *thread);

/* Its memory, region by region, with paths as vfs client `reader` sees them: info_maps.c. `full`: with the counts of
 * /proc/PID/smaps. */
void info_maps(struct text *text, const struct space *space, uint32_t reader, bool full);

/* Bytes by use, for statm and status; those of pages present as the kernel counts them. */
struct memory_use {
    uint64_t size, resident;      /* mapped; present */
    uint64_t resident_file;       /* of those present: pages of files and shared memory */
    uint64_t data, stack;         /* private writable without the stack; the stack */
    uint64_t program, libraries;  /* executable pages: of the program file; the others */
    uint64_t tables;              /* page tables */
};
void info_memory(const struct space *space, struct memory_use *use);

/* Harts that run threads. */
uint64_t info_harts(void);

/* /proc/sysvipc and its limits, in the namespace of who asks: info_ipc.c. False: it is none of these. Who writes: the
 * count, or -EINVAL, -EPERM, -EFAULT. */
bool info_ipc(struct text *text, enum proc_info info, const struct thread *reader);
long info_ipc_write(struct thread *self, const struct call *call);

/* Of the system, as the reader sees it: info_system.c. False: there is no such text. */
bool info_system(struct text *text, enum proc_info info, const struct thread *reader);

#endif
