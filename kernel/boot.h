/* What happens once: free memory becomes the root pool, and the first task is made from it. */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

struct machine;
struct pool;
struct thread;

/* Frame table and root pool. Panics if there is no memory to speak of. */
struct pool *boot_memory(const struct machine *machine);

/*
 * The first task (servers/root): its image, stack, boot page and the areas that the boot page names, and its first
 * capabilities. Returns its thread, ready and in no queue.
 */
struct thread *boot_first_task(const struct machine *machine, struct pool *pool);

#endif
