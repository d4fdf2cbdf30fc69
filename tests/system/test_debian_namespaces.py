"""util-linux's unshare, nsenter and lsns, unmodified, as a user types them."""

ROOT = "debian"


def said(machine, command):
    output, status = machine.sh(command, 60)
    assert status == 0, output
    return output.split()


def test_unshare_uts(machine):
    before = said(machine, "hostname")
    assert said(machine, "unshare -u sh -c 'hostname inside; hostname'") == ["inside"]
    assert said(machine, "hostname") == before


def test_unshare_pid(machine):
    assert said(machine, "unshare -p -f sh -c 'echo $$; sh -c \"echo \\$PPID\"; :'") == ["1", "1"]


def test_unshare_root_of_a_user_namespace(machine):
    assert said(machine, "unshare -U -r sh -c 'id -u; cat /proc/self/uid_map'") == ["0", "0", "0", "1"]


NSENTER = """sh << 'END'
unshare -u sh -c 'hostname entered; echo > ready; exec sleep 60' &
while [ ! -e ready ]; do sleep 0.1; done
nsenter -t $! -u hostname
kill $!
wait $! 2> /dev/null
rm ready
END"""


def test_nsenter(machine):
    assert said(machine, NSENTER) == ["entered"]


def test_lsns(machine):
    kinds = said(machine, "lsns -n -r -o TYPE -p $$ | sort")
    assert kinds == ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"]
