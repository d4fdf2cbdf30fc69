# bubblewrap, as root: a private root of parts of this one
box() {
    bwrap --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/bin /bin --proc /proc --dev /dev --tmpfs /tmp "$@"
}
box ls /
box sh -c 'touch /usr/x; echo a > /tmp/a; cat /tmp/a; ls /dev; wc -c < /dev/null; cat /etc/hostname'
# what it covers below /proc depends on what is there
box sh -c "awk '\$5 !~ \"^/proc/\" { print \$4, \$5, \$6 }' /proc/self/mountinfo" | sed 's/,relatime//'
ls /tmp/a
box --unshare-pid --unshare-uts --hostname box sh -c 'echo $$ $(hostname); set -- /proc/[0-9]*; echo $#'
hostname
box --unshare-user --unshare-pid --unshare-cgroup-try id -u
box --cap-drop ALL sh -c 'grep Cap /proc/self/status; mount -t tmpfs x /tmp 2> /dev/null; echo $?'
box --dir /made --file 9 /made/file --bind /etc/hosts /made/hosts cat /made/file 9< /etc/hostname
box --remount-ro /tmp touch /tmp/b
box --chdir /tmp --setenv A b --unsetenv HOME sh -c 'echo $PWD $A ${HOME-none}'
box sh -c 'exit 7'; echo $?
box sh -c 'kill -9 $$'; echo $?
bwrap --nonsense; echo $?
bwrap --bind /nowhere /x true; echo $?
box nowhere; echo $?
for i in 1 2 3 4 5 6 7 8 9 10; do box true || echo failed; done
grep -c newroot /proc/self/mounts
