# bubblewrap without any right, and what cannot be done from inside
user() {
    chroot --userspec=1000:1000 / bwrap --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/bin /bin \
        --proc /proc --dev /dev --tmpfs /tmp --unshare-user --unshare-pid "$@"
}
user sh -c 'id -u; ls -ld / /tmp /usr | cut -c 1-10; echo $$'
user --uid 5 --gid 6 sh -c 'id -u; id -g; cat /proc/self/uid_map | tr -s " "'
user sh -c 'touch /x; ls /; touch /usr/y'
user sh -c 'ls ../../../../../..; ls /proc/1/root/ > /dev/null; cat /etc/passwd /oldroot/etc/passwd /newroot/etc/passwd'
user sh -c 'mount -t tmpfs x /tmp; umount /usr; hostname changed; chroot / true' 2>&1 | grep -v dmesg
user sh -c 'kill -9 1; sleep 0.1; echo alive; set -- /proc/[0-9]*; echo $#'
user --bind /etc /etc sh -c 'touch /etc/made; echo > /etc/passwd'
user --die-with-parent --new-session sh -c 'cat /dev/tty'
user --cap-add ALL sh -c 'mount -o remount,rw /usr; umount /proc; mount -t tmpfs x /tmp && touch /tmp/inside && ls /tmp' \
    2>&1 | grep -v dmesg
ls /tmp/inside
hostname
