# A program of the C library, linked dynamically: what it costs is its linker and its library.
.globl main
main:
    li a0, 0
    ret

.section .note.GNU-stack, "", @progbits
