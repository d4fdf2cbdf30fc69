#include "hart.h"

struct hart harts[HARTS_MAX];
unsigned hart_count;
struct tine_stat kernel_stat;

uint32_t kernel_lock_word __attribute__((used)); /* riscv/lock.h */
