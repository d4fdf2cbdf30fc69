# Who is in which network namespace: unshare, nsenter, lsns.
outside=$(readlink /proc/self/ns/net)
echo "--- unshare"
[[ $(unshare -n readlink /proc/self/ns/net) != "$outside" ]] && echo other
unshare -n ip -br link
unshare -rn --fork --pid --mount-proc bash -c 'echo $$; ip link set lo up; ip -br -4 addr'
echo "--- nsenter"
mkfifo ready go
unshare -n bash -c 'ip link set lo up; echo > ready; read < go' &
read < ready
nsenter -t $! -n ip -br -4 addr
[[ $(nsenter -t $! -n readlink /proc/self/ns/net) == "$(readlink /proc/$!/ns/net)" ]] && echo same
[[ $(readlink /proc/$!/ns/net) != "$outside" ]] && echo other
lsns -t net -n -o TYPE,NPROCS -p $!
echo > go
wait $!; echo "status $?"
