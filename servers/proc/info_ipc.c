/*
 * /proc/sysvipc and what is in /proc/sys/kernel about System V IPC: the objects and the limits of the reader's, or the
 * writer's, namespace. The formats are those of proc(5).
 */
#include "servers/proc/info.h"
#include "servers/proc/ipc.h"
#include "servers/protocol/linux.h"
#include <ctype.h>
#include <linux/capability.h>
#include <stdlib.h>

/* In the order of enum ipc_kind and of enum proc_info. */
static const struct {
    const char *head;
    void (*print)(struct text *text, const struct process *reader, const struct ipc_object *object);
} kinds[IPC_KINDS] = {
    [IPC_KIND_MSG] = { "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime"
                       "      rtime      ctime\n",
                       msg_queue_print },
    [IPC_KIND_SEM] = { "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n",
                       sem_set_print },
    [IPC_KIND_SHM] = { "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid"
                       "      atime      dtime      ctime                   rss                  swap\n",
                       shm_segment_print },
};

/* Which limits a file of /proc/sys/kernel holds: `n` from the first on. Others than these: n 0. */
static void limits_of(enum proc_info info, enum ipc_limit *first, unsigned *n)
{
    static const enum ipc_limit firsts[] = { IPC_MSGMAX, IPC_MSGMNB, IPC_MSGMNI, IPC_SEMMSL, IPC_SHMMAX, IPC_SHMALL,
                                             IPC_SHMMNI };

    *n = info == PROC_INFO_SYS_SEM ? IPC_SEMMNI + 1 - IPC_SEMMSL : 1;
    if (info >= PROC_INFO_SYS_MSGMAX && info <= PROC_INFO_SYS_SHMMNI)
        *first = firsts[info - PROC_INFO_SYS_MSGMAX];
    else
        *n = 0;
}

static void print_limits(struct text *text, const struct ipc_namespace *ipc, enum ipc_limit first, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        text_print(text, "%s%lu", i ? "\t" : "", ipc->limit[first + i]);
    text_print(text, "\n");
}

static void print_objects(struct text *text, const struct process *reader, enum ipc_kind kind)
{
    const struct ipc_table *table = &process_ipc(reader)->table[kind];

    text_print(text, "%s", kinds[kind].head);
    for (unsigned i = 0; i < table->size; i++)
        if (table->at[i])
            kinds[kind].print(text, reader, table->at[i]);
}

bool info_ipc(struct text *text, enum proc_info info, const struct thread *reader)
{
    enum ipc_limit first;
    unsigned n;

    if (info >= PROC_INFO_IPC_MSG && info <= PROC_INFO_IPC_SHM) {
        print_objects(text, reader->process, (enum ipc_kind)(info - PROC_INFO_IPC_MSG));
        return true;
    }
    limits_of(info, &first, &n);
    if (n)
        print_limits(text, process_ipc(reader->process), first, n);
    return n != 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

/* The next number of the line, which it moves on; false: there is none. */
static bool next_number(const char **line, uint64_t *value)
{
    char *end;

    while (isspace((unsigned char)**line))
        (*line)++;
    if (!isdigit((unsigned char)**line))
        return false;
    *value = strtoul(*line, &end, 10);
    *line = end;
    return true;
}

/* Up to n numbers, of which fewer leave the others as they are. */
static long limits_set(struct ipc_namespace *ipc, enum ipc_limit first, unsigned n, const char *line)
{
    uint64_t fresh[IPC_LIMITS];
    unsigned count = 0;

    while (count < n && next_number(&line, &fresh[count])) {
        if (fresh[count] > ipc_limit_most[first + count])
            return -EINVAL;
        count++;
    }
    while (isspace((unsigned char)*line))
        line++;
    if (*line || !count)
        return -EINVAL;
    for (unsigned i = 0; i < count; i++)
        ipc->limit[first + i] = fresh[i];
    return 0;
}

long info_ipc_write(struct thread *self, const struct call *call)
{
    struct ipc_namespace *ipc = process_ipc(self->process);
    size_t bytes = call->m.w[4];
    enum ipc_limit first;
    char line[128];
    unsigned n;
    long err;

    limits_of((enum proc_info)call->m.w[0], &first, &n);
    if (!n || bytes >= sizeof(line))
        return -EINVAL;
    if (!cred_capable_in(self->process, ipc->ns.owner, CAP_SYS_RESOURCE))
        return -EPERM;
    if (user_read(self->process, call->m.w[3], line, bytes))
        return -EFAULT;
    line[bytes] = 0;
    err = limits_set(ipc, first, n, line);
    return err ? err : (long)bytes;
}
