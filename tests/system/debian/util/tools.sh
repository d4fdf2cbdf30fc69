# util-linux: tools around processes, files, locks, terminals, limits and mounts.
echo "--- processes"
setsid -w bash -c '[[ $$ == $(ps -o sid= -p $$ | tr -d " ") ]] && echo "leads a session"'
nice -n 7 nice
taskset -c 0 bash -c 'taskset -p $$' | sed 's/^pid [0-9]*/pid PID/'
policy() { "$@" bash -c 'chrt -p $$' | sed 's/^pid [0-9]*/pid PID/; /runtime parameter/d'; }
policy env
policy chrt -b 0
policy chrt -f 10
chrt -r 200 true; echo "status $?"
ionice -c 2 -n 3 ionice
prlimit --nofile=77:88 bash -c 'ulimit -Sn; ulimit -Hn'
prlimit --pid $$ --core --noheadings -o RESOURCE
setpriv --reuid 65534 --regid 65534 --clear-groups id
setpriv --no-new-privs grep NoNewPrivs /proc/self/status
setpriv --dump | grep -E '^(uid|euid|no_new_privs)'
choom -n 100 -- bash -c 'choom -p $$' | sed "s/^pid [0-9]*/pid PID/; s/score: .*/score/"
setpriv --reuid 65534 --clear-groups choom -n -1 -- true 2>&1
choom -n 1001 -- true 2>&1
(exec -a name sleep 0.1) & wait $! && echo ended
timeout 0.3 sleep 100; echo "status $?"
unshare --uts bash -c 'hostname inside; hostname'
unshare --user --map-root-user id -u
lsns -t uts -n -o TYPE | sort -u

echo "--- locks"
exec 9> lock
flock 9
flock -n lock echo "not locked"; echo "status $?"
flock -u 9
flock -n lock echo "locked"
flock -s lock flock -s -n lock echo "shared"

echo "--- files"
head -c 100000 /dev/zero > sparse
fallocate -l 1M big && stat -c %s big
fallocate -d sparse && stat -c '%s %b' sparse
truncate -s 5M big && stat -c %s big
namei -m "$PWD" | wc -l
echo hello | tee one > two; cmp one two && echo same
getopt -o ab: --long all -- -a -b x --all rest
mcookie | wc -c
whereis -b bash
findmnt -n -o TARGET,FSTYPE /proc
mountpoint /proc; mountpoint one; echo "status $?"
mkdir there && mount -t tmpfs none there && findmnt -n -o FSTYPE there && umount there && echo unmounted

echo "--- the machine"
nproc
dmesg > /dev/null 2>&1; echo "dmesg $?"
hostname
arch
