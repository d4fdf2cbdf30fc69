/* What /proc says of mounts: mounts, mountinfo. proc(5). */
#include "servers/vfs/mount.h"
#include "servers/vfs/path.h"
#include "servers/vfs/propagation.h"
#include "servers/vfs/text.h"
#include <linux/mount.h>

static void options_text(struct text *text, uint32_t flags)
{
    text_string(text, flags & MS_RDONLY ? "ro" : "rw");
    text_string(text, flags & MS_NOSUID ? ",nosuid" : "");
    text_string(text, flags & MS_NODEV ? ",nodev" : "");
    text_string(text, flags & MS_NOEXEC ? ",noexec" : "");
    text_string(text, flags & MS_NOATIME ? ",noatime" : ",relatime");
}

/* The path of the mount's root in its own file system, which proc(5) calls root. */
static const char *root_of(const struct mount *mount, char *buffer, size_t size)
{
    struct mount alone = { .root = mount->fs->root };
    struct place top = { &alone, mount->fs->root }, at = { &alone, mount->root };

    return path_of(&at, &top, buffer, size);
}

static void group_text(struct text *text, const char *what, const struct peers *peers)
{
    if (!peers)
        return;
    text_string(text, what);
    text_number(text, peers_id(peers));
}

static void info_text(struct text *text, const struct mount *mount, const char *point)
{
    static char path[PATH_LONGEST];
    const char *root = root_of(mount, path, sizeof(path));

    text_number(text, mount->id);
    text_string(text, " ");
    text_number(text, mount->parent ? mount->parent->id : 1);
    text_string(text, " 0:");
    text_number(text, mount->fs->device);
    text_strings(text, " ", root ? root : "/", " ", point, " ", NULL);
    options_text(text, mount->flags);
    group_text(text, " shared:", mount->peers);
    group_text(text, " master:", mount->master);
    text_string(text, mount->unbindable ? " unbindable" : "");
    text_strings(text, " - ", mount->fs->type, " ", mount->source, " rw\n", NULL);
}

static void mount_text(struct text *text, struct mount *mount, const struct place *root, bool info)
{
    static char path[PATH_LONGEST];
    struct place at = { mount, mount->root };
    const char *point = path_of(&at, root, path, sizeof(path));

    if (!point)
        return;
    if (info) {
        info_text(text, mount, point);
        return;
    }
    text_strings(text, mount->source, " ", point, " ", mount->fs->type, " ", NULL);
    options_text(text, mount->flags);
    text_string(text, " 0 0\n");
}

size_t mounts_text(const struct place *root, bool info, char *to, size_t size)
{
    struct text text = { to, size, 0 };
    struct mount *mount;

    if (root->mount->space)
        TAILQ_FOREACH(mount, &root->mount->space->mounts, order)
            mount_text(&text, mount, root, info);
    return text.len;
}
