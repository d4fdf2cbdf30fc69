#include "hart.h"

struct hart harts[HARTS_MAX];
unsigned hart_count;
struct tine_stat kernel_stat;

static unsigned lock;

void kernel_lock_take(void)
{
    while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
        while (__atomic_load_n(&lock, __ATOMIC_RELAXED))
            ;
}

void kernel_lock_give(void)
{
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}
