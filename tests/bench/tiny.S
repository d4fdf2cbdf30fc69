# The smallest Linux program: it ends with status 0.
.globl _start
_start:
    li a0, 0
    li a7, 93 # exit
    ecall
