# PLACEMENT=micro: no server is part of the kernel.

RESIDENTS :=
RESIDENT_OBJECTS :=
