/*
 * The first task. It has every capability there is and gives each server exactly what servers/protocol/root.h lists;
 * then it waits for one of them to die. Read main.c, machine.c (what the device tree says), start.c (how a server is
 * made), watch.c (what happens when one dies).
 */
#ifndef ROOT_H
#define ROOT_H

#include "libc/server.h"
#include "servers/protocol/root.h"
#include <stdbool.h>

/* Bit of root's own notification. */
enum root_event { ROOT_EVENT_TIMER = 1 };

/* Prints the line and halts the machine with code 1: there is no system without what is missing. */
_Noreturn void root_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- machine.c ------------------------------------------------------------------------------------------------- */

/* What root needs of the device tree beyond the facts that the servers get. */
struct root_machine {
    uint64_t uart_base; /* physical, of the registers; 0: there is none that the console driver knows */
    unsigned uart_line; /* of the PLIC */
    uint64_t rtc_base;  /* physical, google,goldfish-rtc; 0: none */
};

/* Reads the flattened device tree at `dtb` into *machine and the facts' uart_*, bootargs and boot_entropy. The tree is
 * not trusted: returns NULL, or a sentence if it cannot be read. */
const char *machine_read(const void *dtb, size_t bytes, struct root_machine *machine, struct root_facts *facts);

/* Whether `word` is among the words of the kernel's command line; with `value`, whether one begins with it, and *value
 * is what follows there, up to the next space. */
bool bootarg_find(const char *bootargs, const char *word, const char **value);

/* ---- start.c --------------------------------------------------------------------------------------------------- */

/* A server as root sees it. Endpoint and notification are root's and outlive it; the pool is all else that it has. */
struct service {
    const char *name; /* of its ELF file in the boot archive */
    unsigned priority;
    size_t reserve;   /* frames set aside for its own memory */
    size_t limit;     /* most frames that it may have; 0: no limit */
    unsigned control; /* rights to the control capability that it gets; 0: none */
    err_t (*grant)(
        const struct service *service); /* copies its own capabilities into its space; returns the first error */
    bool restart;                       /* may die and be started again */
    bool resident;                      /* is part of the kernel: service_start finds out */
    cap_t endpoint, notification;
    cap_t pool, space, cspace, thread; /* 0 while it is not running */
};

extern struct root_facts *const facts; /* the page that all servers see */

/* Makes what outlives the server. Returns 0 or MEMORY, SLOT. */
err_t service_prepare(struct service *service);

/* Starts the server: from the boot archive, or from where it is part of the kernel. Its badge at root's endpoint is `badge`.
 * Returns NULL, or what is wrong, in which case nothing of it is left. Its ELF file is trusted no more than any other. */
const char *service_start(struct service *service, badge_t badge, const struct tine_boot *boot);

/* Destroys everything that service_start made. */
void service_stop(struct service *service);

/* Copies one of root's capabilities into the server's space. */
err_t service_give(const struct service *service, cap_t slot, cap_t source, unsigned rights, badge_t badge);

/* ---- watch.c --------------------------------------------------------------------------------------------------- */

/* Serves root's endpoint, as the pager of `count` services whose badges are their index + 1. Never returns. */
_Noreturn void watch(struct service *const services[], unsigned count, const struct tine_boot *boot);

#endif
