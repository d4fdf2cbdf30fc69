/* What backing.c knows of System V shared memory: whose pages it has. shmget(2). */
#ifndef PROC_IPC_SHM_H
#define PROC_IPC_SHM_H

struct shm_segment;

/* A mapping of it has gone, and not the segment itself: with the last one goes a segment that was removed. */
void shm_unmapped(struct shm_segment *segment);

#endif
