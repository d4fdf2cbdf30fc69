#include "hart.h"

struct hart harts[HARTS_MAX];
unsigned hart_count;
unsigned kernel_lock_word;
struct tine_stat kernel_stat;
