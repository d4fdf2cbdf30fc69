"""Files through the programs that people use: links, permissions, moving, space, errors and their texts."""

import pytest


def test_links(machine):
    machine.command("echo x > f; ln f g; ln -s f l")
    assert machine.command("stat -c %h f; readlink l; cat l; test f -ef g && echo same") == "2\nf\nx\nsame"


def test_rename(machine):
    machine.command("mkdir d e; echo 1 > d/f; mv d/f e/g; mv e h")
    assert machine.command("cat h/g; ls d") == "1"


def test_listing(machine):
    machine.command("mkdir d; chmod 1755 d; echo abc > f; chmod 4640 f; ln -s f l; mkfifo p || true")
    lines = machine.command("ls -l").split("\n")
    assert any(line.startswith("drwxr-xr-t") and line.endswith(" d") for line in lines)
    assert any(line.startswith("-rwSr-----") and " 4 " in line for line in lines)
    assert any(line.startswith("lrwxrwxrwx") and line.endswith("l -> f") for line in lines)


def test_umask(machine):
    assert machine.command("(umask 077; touch f; mkdir d; stat -c %a f d)") == "600\n700"


def test_another_user(machine):
    machine.command("echo secret > f; chmod 600 f; chmod 755 .")
    output, status = machine.sh("su nobody -s /bin/sh -c 'cat f; id -u; touch g'")
    assert status != 0 and "secret" not in output and output.count("ermission denied") == 2 and "\n65534\n" in output


def test_space(machine):
    size, blocks, free, available = map(int, machine.command("stat -f -c '%s %b %f %a' /tmp").split())
    assert size == 4096 and 0 < available <= free <= blocks
    assert machine.command("df -k").startswith("Filesystem")


def test_disk_usage(machine):
    machine.command("dd if=/dev/zero of=f bs=1k count=100 2> /dev/null")
    assert machine.command("du -k f").split()[0] == "100"
    machine.command("dd if=/dev/zero of=s bs=1 count=1 seek=100M 2> /dev/null")
    assert int(machine.command("du -k s").split()[0]) < 64
    assert machine.command("stat -c %s s") == str(100 * 2**20 + 1)


def test_append_by_many(machine):
    machine.command("for i in 1 2 3 4 5; do (for j in $(seq 40); do echo $i >> f; done) & done; wait")
    assert machine.command("sort f | uniq -c | awk '{ print $1 }' | uniq") == "40"


def test_copy_trees(machine):
    machine.command("cp -a /etc c; diff -r /etc c")
    machine.command("rm -r c; test ! -e c")


def test_large_file(machine):
    machine.command("dd if=/dev/urandom of=f bs=64k count=160 2> /dev/null; cp f g; cmp f g")
    machine.command("cat f f f > h; tail -c 10485760 h | cmp - f")


@pytest.mark.parametrize(
    "command, message",
    [
        ("cat missing", "No such file or directory"),
        ("mkdir x/y", "No such file or directory"),
        ("rmdir full", "Directory not empty"),
        ("cat full", "Is a directory"),
        ("ls f/x", "Not a directory"),
        ("mkdir full", "File exists"),
        ("cat loop", "Too many levels of symbolic links|Symbolic link loop"),
        ("touch $(printf %0300d 1)", "File name too long"),
        ("echo x > /dev/full", "No space left on device"),
        ("ln f full/g/h", "No such file or directory"),
        ("mv full full/g", "Invalid argument|subdirectory of itself"),
    ],
)
def test_error_texts(machine, command, message):
    machine.command("mkdir -p full/sub; touch f; ln -sf loop loop")
    output, status = machine.sh(command)
    assert status != 0 and any(text in output for text in message.split("|")), output


def test_deep_path(machine):
    machine.command("p=d; for i in $(seq 100); do p=$p/d; done; mkdir -p $p; echo x > $p/f; cat $p/f")
    machine.command("rm -r d; test ! -e d")


def test_thousand_files(machine):
    machine.command("for i in $(seq 1000); do : > f$i; done")
    assert machine.command("ls | wc -l").strip() == "1000"
    machine.command("rm f*")


def test_temporary_files(machine):
    assert machine.command("f=$(mktemp /tmp/t/XXXXXX); test -f $f && stat -c %a $f") == "600"


def test_devices(machine):
    assert machine.command("head -c 5 /dev/zero | od -An -tx1").split() == ["00"] * 5
    assert machine.command("echo gone > /dev/null; wc -c < /dev/null").strip() == "0"
    assert machine.command("head -c 100 /dev/urandom | wc -c").strip() == "100"
    machine.command("echo > /dev/tty")


def test_descriptor_files(machine):
    assert machine.command("echo x | cat /proc/self/fd/0") == "x"
