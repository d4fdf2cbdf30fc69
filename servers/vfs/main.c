/*
 * vfs, the file server. Order of reading: main, syscalls.c (a message becomes a call of sys_*), client.h, file.h,
 * node.h, then a call: rw.c, regular.c for a read; open.c, path.c, tmpfs.c for an open; wait.h and pipe.c for a wait.
 */
#include "libc/server.h"
#include "servers/protocol/root.h"
#include "servers/protocol/vfs.h"
#include "servers/vfs/abi.h"
#include "servers/vfs/file.h"
#include "servers/vfs/initrd.h"
#include "servers/vfs/net_namespace.h"
#include "servers/vfs/open.h"
#include "servers/vfs/path.h"
#include "servers/vfs/random.h"
#include "servers/vfs/syscalls.h"
#include "servers/vfs/tty.h"
#include <stdlib.h>

static void notified(uint64_t bits)
{
    if (bits & VFS_EVENT_TIMER)
        timeouts_run();
    if (bits & VFS_EVENT_CONSOLE)
        tty_notified();
    wait_run();
}

/* The first client begins with the console as 0, 1 and 2. A file system without /dev/console has it made. */
static void open_console(void)
{
    struct file *file;
    struct walk w;

    client_boot.files = files_new();
    if (!client_boot.files || walk(&client_boot, AT_FDCWD, "/dev/console", WALK_FOLLOW, &w))
        return;
    if (!open_place(&client_boot, NULL, &w.at, O_RDWR, &file)) {
        file_install(&client_boot, file_ref(file), 0, false);
        file_install(&client_boot, file_ref(file), 0, false);
        file_install(&client_boot, file, 0, false);
    }
    walk_end(&w);
}

int main(void)
{
    static const struct server server = { .dispatch = dispatch, .notified = notified, .uncopied = answer_failed };
    const struct root_facts *facts = (const struct root_facts *)ROOT_FACTS_ADDRESS;

    timeouts_start(TINE_SLOT_POOL, TINE_SLOT_NOTIFICATION, VFS_EVENT_TIMER, facts->timebase_hz);
    random_seed(facts->boot_entropy);
    random_seed(tine_time());
    mounts_start();
    net_start();
    console_start();
    initrd_load();
    devfs_fill("/dev");
    open_console();
    server_loop(TINE_SLOT_ENDPOINT, &server);
    return 1;
}
