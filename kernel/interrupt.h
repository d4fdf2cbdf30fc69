/*
 * Interrupts: an object per line of the platform's interrupt controller. When the line raises, the kernel claims it and
 * signals the notification; the line stays claimed, hence quiet, until the driver acknowledges it.
 */
#ifndef KERNEL_INTERRUPT_H
#define KERNEL_INTERRUPT_H

#include "hart.h"

struct notification;

struct interrupt {
    struct object head;
    struct notification *notification; /* a reference */
    uint64_t bits;
    unsigned line;
    bool claimed;
};

#define INTERRUPT_LINES 1024

/* Whether the line can be taken. STATE: somebody has it; ARG: no such line. */
err_t interrupt_check(unsigned line);

/* Takes the line, which was checked, for this object and enables it. */
void interrupt_take(struct interrupt *interrupt, unsigned line, struct notification *notification, uint64_t bits);

/* Lets the line raise again. */
void interrupt_ack(struct interrupt *interrupt);

void interrupt_release(struct interrupt *interrupt);

/* An interrupt trap: handles what is pending. Returns true if the running thread's time slice is over. */
bool interrupt_handle(struct hart *hart, uint64_t scause);

/* Handles whatever is pending on an idle hart or in the middle of a long operation. True as above. */
bool interrupt_poll(struct hart *hart);

#endif
