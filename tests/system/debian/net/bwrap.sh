# bubblewrap's network namespace, whose lo it configures itself; as root and as nobody.
box() {
    bwrap --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp --unshare-net "$@"
}
box ip -br -4 addr
box ip link
box sh -c '[ "$(readlink /proc/self/ns/net)" != "$0" ] && echo other' "$(readlink /proc/self/ns/net)"
box ip link set lo down; echo "status $?"
chroot --userspec=1000:1000 / bwrap --ro-bind / / --proc /proc --dev /dev --unshare-all ip -br -4 addr; echo "status $?"
chroot --userspec=1000:1000 / bwrap --ro-bind / / --unshare-user --unshare-net --cap-add ALL sh -c \
    'ip link set lo down; ip link; ip addr add 10.0.0.1/24 dev lo; ip -br -4 addr'
