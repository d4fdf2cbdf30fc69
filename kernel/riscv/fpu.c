#include <riscv/fpu.h>

void fpu_save(struct tine_fp_registers *fp);       /* fpu_regs.S */
void fpu_load(const struct tine_fp_registers *fp); /* fpu_regs.S */

void fpu_spill(struct thread *thread)
{
    struct hart *hart = hart_self();
    bool off;

    if (hart->fp_owner != thread)
        return;
    off = (csr_read(sstatus) & SSTATUS_FS) == 0;
    csr_set(sstatus, SSTATUS_FS);
    fpu_save(&thread->fp);
    if (off)
        csr_clear(sstatus, SSTATUS_FS);
}

void fpu_forget(struct thread *thread)
{
    struct hart *hart = thread->hart;

    if (hart->fp_owner != thread)
        return;
    hart->fp_owner = NULL;
    if (hart == hart_self())
        csr_clear(sstatus, SSTATUS_FS);
}

bool fpu_take(struct hart *hart, struct thread *thread)
{
    if (hart->fp_owner == thread)
        return false;
    csr_set(sstatus, SSTATUS_FS);
    if (hart->fp_owner)
        fpu_save(&hart->fp_owner->fp);
    fpu_load(&thread->fp);
    hart->fp_owner = thread;
    thread->fp_used = true;
    return true;
}
