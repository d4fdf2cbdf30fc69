/* libbsd's trees without the rest of libbsd. */
#include <bsd/sys/tree.h>
