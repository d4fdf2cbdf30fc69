/* Linux's header leaves file types to glibc where it sees it; the servers' sources want them from here. */
#pragma push_macro("__GLIBC__")
#undef __GLIBC__
#include_next <linux/stat.h>
#pragma pop_macro("__GLIBC__")
