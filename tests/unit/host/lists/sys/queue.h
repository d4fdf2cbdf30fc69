/* libbsd's lists without the rest of libbsd, whose <stdlib.h> brings in structures that Linux's headers define too. */
#include <bsd/sys/queue.h>
