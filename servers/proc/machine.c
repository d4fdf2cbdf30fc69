/* The machine's names and memory, and its end: machine.h, then the calls. */
#include "servers/proc/machine.h"
#include "servers/proc/cred.h"
#include "servers/proc/process.h"
#include "servers/proc/syscalls.h"
#include "servers/protocol/linux.h"
#include <linux/capability.h>
#include <linux/reboot.h>
#include <linux/sysinfo.h>
#include <string.h>

#define NS_PER_S 1000000000UL

/* The release is that of the Linux whose calls are followed; programs compare it. */
static const struct new_utsname names = {
    .sysname = "Linux", .release = "7.2.0-tine", .version = "#1 Tine microkernel", .machine = "riscv64"
};

const struct new_utsname *machine_names(void)
{
    return &names;
}

void machine_memory(uint64_t *total, uint64_t *left)
{
    struct tine_values v;

    *total = *left = 0;
    if (tine_pool_balance(PROC_USERS, &v))
        return;
    *left = v.a2 * TINE_PAGE_SIZE;
    *total = (v.a1 + v.a2) * TINE_PAGE_SIZE;
}

long sys_sysinfo(struct thread *self, struct call *call)
{
    struct sysinfo info = { .uptime = (long)(clock_monotonic_ns() / NS_PER_S),
                            .procs = (uint16_t)thread_count,
                            .mem_unit = 1 };
    uint64_t total, left;

    machine_memory(&total, &left);
    info.totalram = total;
    info.freeram = left;
    return user_write(self->process, call->m.w[0], &info, sizeof(info));
}

/* ---- /proc/sysrq-trigger ----------------------------------------------------------------------------------------- */

long machine_sysrq(char command)
{
    static const struct { char letter; enum tine_halt how; } commands[] = {
        { 'b', TINE_HALT_REBOOT }, { 'o', TINE_HALT_OFF }, { 'c', TINE_HALT_CRASH }
    };

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (commands[i].letter == command) {
            tine_control_halt(TINE_SLOT_CONTROL, commands[i].how, 0);
            return -EIO;
        }
    return -EINVAL;
}

/* ---- reboot(2) --------------------------------------------------------------------------------------------------- */

static bool magic_right(uint32_t magic, uint32_t magic2)
{
    return magic == LINUX_REBOOT_MAGIC1 && (magic2 == LINUX_REBOOT_MAGIC2 || magic2 == LINUX_REBOOT_MAGIC2A ||
                                            magic2 == LINUX_REBOOT_MAGIC2B || magic2 == LINUX_REBOOT_MAGIC2C);
}

long sys_reboot(struct thread *self, struct call *call)
{
    if (!cred_capable(self->process, CAP_SYS_BOOT))
        return -EPERM;
    if (!magic_right((uint32_t)call->m.w[0], (uint32_t)call->m.w[1]))
        return -EINVAL;
    switch ((uint32_t)call->m.w[2]) {
    case LINUX_REBOOT_CMD_RESTART:
    case LINUX_REBOOT_CMD_RESTART2:
        tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_REBOOT, 0);
        return -EIO;
    case LINUX_REBOOT_CMD_HALT:
    case LINUX_REBOOT_CMD_POWER_OFF:
        tine_control_halt(TINE_SLOT_CONTROL, TINE_HALT_OFF, 0);
        return -EIO;
    case LINUX_REBOOT_CMD_CAD_ON:
    case LINUX_REBOOT_CMD_CAD_OFF:
        return 0;
    default:
        return -EINVAL;
    }
}

/* ---- syslog(2): there is no ring buffer for programs; the kernel's log goes to the console ----------------------- */

enum {
    SYSLOG_CLOSE,
    SYSLOG_OPEN,
    SYSLOG_READ,
    SYSLOG_READ_ALL,
    SYSLOG_READ_CLEAR,
    SYSLOG_CLEAR,
    SYSLOG_CONSOLE_OFF,
    SYSLOG_CONSOLE_ON,
    SYSLOG_CONSOLE_LEVEL,
    SYSLOG_SIZE_UNREAD,
    SYSLOG_SIZE_BUFFER
};

long sys_syslog(struct thread *self, struct call *call)
{
    int type = (int)call->m.w[0], length = (int)call->m.w[2];

    if (type < SYSLOG_CLOSE || type > SYSLOG_SIZE_BUFFER)
        return -EINVAL;
    if (type != SYSLOG_READ_ALL && type != SYSLOG_SIZE_BUFFER && !cred_capable(self->process, CAP_SYSLOG))
        return -EPERM;
    if (type >= SYSLOG_READ && type <= SYSLOG_READ_CLEAR && (!call->m.w[1] || length < 0))
        return -EINVAL;
    if (type == SYSLOG_CONSOLE_LEVEL && (length < 1 || length > 8))
        return -EINVAL;
    return 0;
}
