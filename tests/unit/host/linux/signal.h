/* On the host the C library's own <signal.h> stands in: the UAPI header defines the same types, and the C library's
 * other headers bring them in anyway. */
#ifndef HOST_LINUX_SIGNAL_H
#define HOST_LINUX_SIGNAL_H

#include <signal.h>

#endif
