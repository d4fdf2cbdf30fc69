# ip(8) on lo: in a namespace of its own, so that the first one's state does not matter.
cat > inside.sh <<'EOF'
echo "--- fresh"
ip link
ip -4 addr
ip -brief link
echo "--- up"
ip link set lo up; echo "status $?"
ip link
ip -4 addr show dev lo
ip -brief -4 addr
echo "--- addresses"
ip addr add 127.0.0.1/8 dev lo 2> /dev/null; echo "status $?"
ip addr add 127.0.0.2/8 dev lo; echo "status $?"
ip addr add 10.1.2.3/24 dev lo; echo "status $?"
ip -4 addr
ip -o -4 addr show scope global
echo "--- down"
ip link set dev lo down; echo "status $?"
ip -4 addr
echo "--- what is not there"
ip link show nothing; echo "status $?"
ip link set nothing up; echo "status $?"
ip addr add 10.0.0.1/8 dev nothing; echo "status $?"
EOF
unshare -n bash inside.sh
echo "--- nobody"
unshare -n setpriv --reuid 65534 --clear-groups bash -c 'ip link set lo up; echo "status $?"; ip link | head -n 1; ip addr add 10.0.0.1/8 dev lo; echo "status $?"'
echo "--- nobody at home"
setpriv --reuid 65534 --clear-groups unshare -rn bash -c 'ip link set lo up; echo "status $?"; ip -br -4 addr'
