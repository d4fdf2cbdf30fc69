/* The initial file system: the cpio archive that the boot loader gave, plain or compressed by gzip, unpacked into the
 * root. */
#ifndef VFS_INITRD_H
#define VFS_INITRD_H

/* Unpacks ROOT_VFS_INITRD and gives its memory back. What is wrong with it is logged; what could be read stays. */
void initrd_load(void);

#endif
