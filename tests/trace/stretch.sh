#!/bin/sh
# What makes the kernel work long: big spaces made, shared, split, copied and ended; a crowd of children.
# The first program of the machine that stretch.py measures.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc proc /proc
mkdir -p /tmp/t && cd /tmp/t
for program in fork mm images exec; do
    /tests/$program > /tmp/out 2>&1 || { echo "failed $program"; grep -A2 '^not ok\|^#' /tmp/out; }
done
for strategy in frames entries nodes tree auto; do
    echo $strategy > /proc/self/tine/strategy
    forklab --csv --most 128M --rounds 1 size written > /dev/null || echo "failed forklab"
done
echo default > /proc/self/tine/strategy
/tests/snapshots a_thousand_children > /dev/null || echo "failed snapshots"
echo "workload done"
poweroff -f
