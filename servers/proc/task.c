/* /proc/N/task: which threads there are, told to vfs when a client's call needs to know (PROC_LABEL_THREADS). */
#include "servers/proc/info.h"
#include "servers/proc/pid_namespace.h"
#include "servers/protocol/linux.h"
#include <stdlib.h>

/* Rows as vfs_threads has them, oldest thread first; to be freed. NULL: no memory. */
static uint32_t *rows_of(const struct process *process)
{
    unsigned levels = process_pid_namespace(process)->level;
    uint32_t *rows = malloc((size_t)process->thread_count * (levels + 1) * sizeof(*rows));
    uint32_t *row = rows + (size_t)process->thread_count * (levels + 1);
    const struct thread *thread;

    if (!rows)
        return NULL;
    LIST_FOREACH (thread, &process->threads, sibling) {
        row -= levels + 1;
        row[0] = thread->tid;
        for (unsigned level = 0; level < levels; level++)
            row[level + 1] = thread->numbers->number[level];
    }
    return rows;
}

long task_tell(struct thread *self, struct call *call)
{
    const struct process *process = process_by_pid((uint32_t)(call->m.w[5] >> PROC_NUMBER_BITS));
    uint32_t *rows = NULL;
    long err = 0;

    if (process && process->thread_count) {
        rows = rows_of(process);
        err = rows ? vfs_threads(PROC_VFS, process->pid, rows, process->thread_count) : -ENOMEM;
        free(rows);
    } else if (process) {
        err = vfs_threads(PROC_VFS, process->pid, NULL, 0);
    }
    return err ? err : call_forward(call, ROOT_PROC_VFS_ROUTE, VFS_LABEL_THREADS);
}
