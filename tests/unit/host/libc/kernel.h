/*
 * Stands in for libc/kernel.h in tests of server code on the host: the same stubs, as functions that each test defines as
 * far as its subject calls them.
 */
#ifndef LIBC_KERNEL_H
#define LIBC_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <tine.h>

typedef unsigned int cap_t;
typedef long err_t;
typedef uint64_t badge_t;

struct tine_values {
    unsigned long a1, a2, a3;
};

err_t tine_call(cap_t endpoint, struct tine_message *m);
err_t tine_call_cap(cap_t endpoint, struct tine_message *m, cap_t *pass, cap_t accept);
err_t tine_receive(cap_t endpoint, cap_t reply, struct tine_message *m, cap_t *came, cap_t accept);
err_t tine_reply_receive(cap_t endpoint, cap_t reply, enum tine_answer answer, long status, struct tine_message *m);
err_t tine_reply(cap_t reply, enum tine_answer answer, long status, struct tine_message *m, cap_t *pass);
err_t tine_forward(cap_t reply, cap_t endpoint, struct tine_message *m);
err_t tine_reply_read(cap_t reply, uint64_t theirs, void *mine, size_t len, size_t *done);
err_t tine_reply_write(cap_t reply, uint64_t theirs, const void *mine, size_t len, size_t *done);
err_t tine_space_peek(cap_t space, uint64_t addr, size_t len, struct tine_values *v);
err_t tine_space_poke(cap_t space, uint64_t addr, size_t len, const uint64_t w[3]);
err_t tine_space_read(cap_t space, uint64_t theirs, void *mine, size_t len, size_t *done);
err_t tine_space_write(cap_t space, uint64_t theirs, const void *mine, size_t len, size_t *done);
err_t tine_cap_copy(cap_t cspace, cap_t slot, cap_t source, unsigned rights, badge_t badge);
err_t tine_cap_move(cap_t cspace, cap_t slot, cap_t source);
err_t tine_cap_delete(cap_t slot);
err_t tine_cap_revoke(cap_t slot);
err_t tine_destroy(cap_t slot);
err_t tine_identify(cap_t slot, struct tine_values *v);
err_t tine_pool_split(cap_t pool, cap_t slot, size_t reserve_frames, size_t limit_frames);
err_t tine_pool_balance(cap_t pool, struct tine_values *v);
err_t tine_cspace_create(cap_t pool, cap_t slot);
err_t tine_space_create(cap_t pool, cap_t slot);
err_t tine_thread_create(cap_t pool, cap_t slot, cap_t space, cap_t cspace, cap_t like);
err_t tine_endpoint_create(cap_t pool, cap_t slot);
err_t tine_reply_create(cap_t pool, cap_t slot);
err_t tine_notification_create(cap_t pool, cap_t slot);
err_t tine_timer_create(cap_t pool, cap_t slot, cap_t notification, uint64_t bits);
err_t tine_route_create(cap_t pool, cap_t slot, const struct tine_route_map *map);
err_t tine_interrupt_create(cap_t pool, cap_t slot, cap_t control, unsigned line, cap_t notification, uint64_t bits);
err_t tine_device_create(cap_t pool, cap_t slot, cap_t control, uint64_t physical, size_t bytes);
err_t tine_thread_start(cap_t thread);
err_t tine_thread_stop(cap_t thread);
err_t tine_thread_read(cap_t thread, struct tine_registers *r, struct tine_fp_registers *fp);
err_t tine_thread_write(cap_t thread, const struct tine_registers *r, const struct tine_fp_registers *fp);
err_t tine_thread_set(cap_t thread, enum tine_thread_field field, unsigned long value);
err_t tine_thread_words(cap_t thread, unsigned first, unsigned count, const uint64_t *w);
err_t tine_thread_attention(cap_t thread);
err_t tine_thread_info(cap_t thread, struct tine_values *v);
err_t tine_space_share(cap_t space, uint64_t addr, size_t npages, unsigned prot, cap_t source, uint64_t source_addr);
err_t tine_space_zero(cap_t space, uint64_t addr, size_t npages, unsigned prot);
err_t tine_space_copy(cap_t space, uint64_t addr, size_t npages, unsigned prot);
err_t tine_space_clone(cap_t space, uint64_t addr, size_t npages, enum tine_granularity granularity, cap_t source);
err_t tine_space_protect(cap_t space, uint64_t addr, size_t npages, unsigned prot);
err_t tine_space_unmap(cap_t space, uint64_t addr, size_t npages);
err_t tine_space_inspect(cap_t space, uint64_t addr, size_t npages, struct tine_values *v);
err_t tine_space_device(cap_t space, uint64_t addr, size_t npages, unsigned prot, cap_t device, size_t offset);
err_t tine_space_count(cap_t space, struct tine_values *v);
err_t tine_signal(cap_t notification, uint64_t bits);
err_t tine_wait(cap_t notification, uint64_t *bits);
err_t tine_poll(cap_t notification, uint64_t *bits);
err_t tine_bind(cap_t notification, cap_t thread);
err_t tine_timer_arm(cap_t timer, uint64_t when_ticks);
err_t tine_interrupt_ack(cap_t interrupt);
err_t tine_control_log(cap_t control, const char *text, size_t len);
err_t tine_control_halt(cap_t control, enum tine_halt how, int code);
err_t tine_control_stat(cap_t control, struct tine_stat *stat);
err_t tine_control_check(cap_t control, unsigned long *broken);
void tine_yield(void);
uint64_t tine_time(void);

#endif
