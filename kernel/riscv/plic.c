#include <riscv/plic.h>

/* Offsets in words of 4 bytes: chapter 3, "Memory Map". */
#define PRIORITY(line)        (line)
#define ENABLE(context, line) (0x2000 / 4 + (context) * (0x80 / 4) + (line) / 32)
#define THRESHOLD(context)    (0x200000 / 4 + (context) * (0x1000 / 4))
#define CLAIM(context)        (THRESHOLD(context) + 1)

static volatile uint32_t *plic;
static unsigned line_count;

void plic_init(volatile uint32_t *registers, unsigned lines)
{
    plic = registers;
    line_count = lines;
}

unsigned plic_lines(void)
{
    return line_count;
}

void plic_context_init(unsigned context)
{
    for (unsigned line = 0; line < line_count; line += 32)
        plic[ENABLE(context, line)] = 0;
    plic[THRESHOLD(context)] = 0;
}

void plic_enable(unsigned context, unsigned line)
{
    plic[PRIORITY(line)] = 1;
    plic[ENABLE(context, line)] |= 1u << (line % 32);
}

void plic_disable(unsigned context, unsigned line)
{
    plic[ENABLE(context, line)] &= ~(1u << (line % 32));
}

unsigned plic_claim(unsigned context)
{
    return plic[CLAIM(context)];
}

void plic_complete(unsigned context, unsigned line)
{
    plic[CLAIM(context)] = line;
}
