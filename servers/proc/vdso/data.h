/* The page before the vDSO's code: how the counter of the timebase becomes time. Written by proc, read by everybody. */
#ifndef VDSO_DATA_H
#define VDSO_DATA_H

struct vdso_data {
    unsigned long ns_whole;    /* nanoseconds of a tick: whole, */
    unsigned long ns_fraction; /* and fraction in units of 2^-64 */
    unsigned long realtime_ns; /* since 1970 at tick 0 */
    unsigned long tick_ns;     /* resolution, at least 1 */
};

#endif
