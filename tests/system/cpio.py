"""Make a newc cpio archive, the format of an initramfs: a base archive (may be absent) and files added to it.

    cpio.py OUTPUT BASE TARGET=FILE...     e.g.  cpio.py build/tests.cpio build/rootfs.cpio /tests/fork=build/tests/bin/fork

A FILE that is a folder stands for all files in it. Folders on the way to a target are made. Owner, times and inode numbers are constant, so equal input gives equal output.
"""

import gzip
import os
import stat
import sys

HEADER = 110
TRAILER = b"TRAILER!!!"


def align4(n):
    return (n + 3) & ~3


def read(archive):
    """The entries of the archive as (name, fields, data), fields being the 13 numbers of the newc header."""
    if archive[:2] == b"\x1f\x8b":
        archive = gzip.decompress(archive)
    at = 0
    while archive[at : at + 6] in (b"070701", b"070702"):
        fields = [int(archive[at + 6 + 8 * i : at + 14 + 8 * i], 16) for i in range(13)]
        size, length = fields[6], fields[11]
        name = archive[at + HEADER : at + HEADER + length - 1]
        data_at = at + align4(HEADER + length)
        if name == TRAILER:
            return
        yield name.decode(), fields, archive[data_at : data_at + size]
        at = data_at + align4(size)


def entry(name, fields, data):
    """One entry as bytes; its length fields are made to fit."""
    raw = name.encode() + b"\0"
    fields = list(fields)
    fields[6], fields[11], fields[12] = len(data), len(raw), 0
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + raw
    return head.ljust(align4(len(head)), b"\0") + data.ljust(align4(len(data)), b"\0")


def new_fields(inode, mode):
    return [inode, mode, 0, 0, 2 if stat.S_ISDIR(mode) else 1, 0, 0, 0, 0, 0, 0, 0, 0]


def build(base, files):
    """The archive made of the entries of base (bytes or None) and files, a list of (target, data, mode)."""
    entries = {name.lstrip("./") or ".": (name, fields, data) for name, fields, data in read(base or b"")}
    inode = 1 + max((fields[0] for _, fields, _ in entries.values()), default=0)
    for target, data, mode in files:
        target = target.lstrip("/")
        folders = target.split("/")[:-1]
        for depth in range(1, len(folders) + 1):
            folder = "/".join(folders[:depth])
            if folder not in entries:
                entries[folder] = (folder, new_fields(inode, stat.S_IFDIR | 0o755), b"")
                inode += 1
        entries[target] = (target, new_fields(inode, mode), data)
        inode += 1
    out = b"".join(entry(*e) for e in entries.values()) + entry(TRAILER.decode(), new_fields(0, 0), b"")
    return out.ljust((len(out) + 511) & ~511, b"\0")


def files_of(target, path):
    """Pairs of target and file: one, or one for each file below a folder, in order of their names."""
    if not os.path.isdir(path):
        return [(target, path)]
    found = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    return [(os.path.join(target, os.path.relpath(file, path)), file) for file in sorted(found)]


def main(output, base, *pairs):
    files = []
    for pair in pairs:
        target, _, given = pair.partition("=")
        for inside, path in files_of(target, given):
            with open(path, "rb") as file:
                files.append((inside, file.read(), stat.S_IFREG | (0o755 if os.access(path, os.X_OK) else 0o644)))
    with open(base, "rb") as file:
        base_bytes = file.read()
    with open(output, "wb") as file:
        file.write(build(base_bytes, files))


if __name__ == "__main__":
    main(*sys.argv[1:])
