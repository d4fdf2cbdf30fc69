# PLACEMENT=micro: no server is part of the kernel.

RESIDENTS :=
RESIDENT_OBJECTS :=
KERNEL_USES := s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11
KERNEL_LEAVES :=
