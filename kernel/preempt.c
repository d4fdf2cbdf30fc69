#include "preempt.h"
#include <riscv/csr.h>

bool preempt_pending(void)
{
    return (csr_read(sip) & csr_read(sie)) != 0;
}
