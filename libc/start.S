/* Where a native server begins: sp is set by whoever loaded it, memory beyond the file's bytes is zero. */

    .section .text.start, "ax"
    .globl _start
_start:
    j       1f
    .balign 8
    /* layout.h: SERVER_HEAD_FILE, SERVER_HEAD_MEMORY, SERVER_HEAD_TEXT */
    .dword  __image_file_bytes
    .dword  __image_memory_bytes
    .dword  __image_text_bytes
1:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      tp, __tls_base
    mv      s0, zero            /* the end of a walk along frame pointers */
    call    main
    call    _exit
