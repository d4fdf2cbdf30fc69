/*
 * Waiting for children: wait4(2), waitid(2). What can be waited for is found again each time something changes, so a
 * waiting thread holds no reference to any child.
 */
#ifndef PROC_WAIT_H
#define PROC_WAIT_H

struct process;

/* A child of `parent` ended, stopped, went on, or went away: each thread that waits is answered if it can be. O(threads
 * that wait), and for one that waits for a group, O(children). */
void wait_retry(struct process *parent);

#endif
