"""What one does in a shell: pipelines, redirections, here-documents, substitutions, loops with many forks."""

import pytest

import accounts
import machine as vm


def test_pipeline(machine):
    assert machine.command("ls / | grep etc | wc -l").strip() == "1"


def test_long_pipeline(machine):
    assert machine.command("echo start" + " | cat" * 30) == "start"


def test_redirection(machine):
    assert machine.command("echo hello > /tmp/t/f && cat /tmp/t/f") == "hello"
    assert machine.command("echo more >> f; wc -l < f").strip() == "2"
    assert machine.command("cat < f > g 2> errors; cmp f g; wc -c < errors").strip() == "0"


def test_standard_error(machine):
    assert machine.command("ls /nonexistent 2>&1 > /dev/null | grep -c 'No such file'") == "1"
    assert machine.command("{ echo out; echo err >&2; } 2> f; cat f") == "out\nerr"


def test_here_document(machine):
    assert machine.command("X=5; cat << END\none $X\n two $((X + 1))\nEND") == "one 5\n two 6"
    assert machine.command("cat << 'END'\n$X\nEND") == "$X"


def test_large_here_document(machine):
    body = "\n".join(f"line {i}" for i in range(300))
    assert machine.command(f"wc -l << END\n{body}\nEND").strip() == "300"


def test_substitution(machine):
    assert machine.command("echo $(echo a; echo $(echo b | tr b c))") == "a c"
    assert machine.command("echo `uname`$((6 * 7))") == "Linux42"


def test_subshells(machine):
    assert machine.command("X=1; (X=2; cd /; echo $X; pwd); echo $X; pwd") == "2\n/\n1\n/tmp/t"
    assert machine.command("(exit 7); echo $?") == "7"


def test_and_or(machine):
    assert machine.command("true && echo a || echo b; false && echo c || echo d") == "a\nd"
    assert machine.sh("false").status == 1
    assert machine.sh("! false").status == 0


def test_hundreds_of_forks(machine):
    assert machine.command("n=0; for i in $(seq 300); do (exit $((i % 250))); n=$((n + $?)); done; echo $n", 120) == str(
        sum(i % 250 for i in range(1, 301))
    )


def test_hundreds_of_programs(machine):
    assert machine.command("for i in $(seq 300); do /bin/true; done; echo done", 120) == "done"


def test_hundreds_of_pipelines(machine):
    assert machine.command("for i in $(seq 100); do echo $i | cat | tail -n1; done | sort -n | tail -n1", 120) == "100"


def test_large_pipe(machine):
    assert machine.command("seq 3000 | tail -n1") == "3000"
    assert machine.command("dd if=/dev/zero bs=64k count=64 2> /dev/null | wc -c").strip() == str(64 * 65536)


def test_reader_that_leaves(machine):
    assert machine.command("yes | head -n3") == "y\ny\ny"


def test_while_read(machine):
    assert machine.command("seq 20 | while read n; do echo $((n * n)); done | tail -n1") == "400"


def test_functions_and_traps(machine):
    assert machine.command("f() { echo $#-$2; }; f a 'b c' d") == "3-b c"
    assert machine.command("sh -c 'trap \"echo bye\" EXIT; exit 3'; echo $?") == "bye\n3"
    assert machine.command("sh -c 'trap \"echo got\" USR1; kill -USR1 $$; echo after'") == "got\nafter"


def test_not_found(machine):
    output, status = machine.sh("no-such-command")
    assert status == 127 and "not found" in output


def test_not_executable(machine):
    output, status = machine.sh("/etc/passwd")
    assert status == 126 and "ermission denied" in output


def test_killed_status(machine):
    assert machine.sh("sh -c 'kill -9 $$'").status == 137
    assert machine.sh("sh -c 'kill -SEGV $$'").status == 139


def test_script(machine):
    machine.command("printf '#!/bin/sh\\necho script $0 $*\\nexit 9\\n' > s; chmod +x s")
    assert machine.sh("./s a b") == ("script ./s a b\n", 9)


def test_environment(machine):
    assert machine.command("A=one B='two words' env | grep -E '^[AB]=' | sort") == "A=one\nB=two words"


def test_find_and_xargs(machine):
    machine.command("mkdir -p a/b/c; touch a/1 a/b/2 a/b/c/3")
    assert machine.command("find a -type f | sort | xargs echo") == "a/1 a/b/2 a/b/c/3"


def test_text_tools(machine):
    machine.command("printf 'b 2\\na 1\\nc 3\\n' > f")
    assert machine.command("sort f | awk '{ s += $2; printf \"%s\", $1 } END { print s }'") == "abc6"
    assert machine.command("sed 's/[a-c] /x/' f | tr '\\n' ,") == "x2,x1,x3,"


def test_archives(machine):
    machine.command("mkdir d; seq 1000 > d/f; ln -s f d/l; tar czf a.tar.gz d; mv d e; tar xzf a.tar.gz")
    assert machine.command("cmp d/f e/f; readlink d/l; md5sum < d/f").split("\n")[0] == "f"


def test_background_output(machine):
    assert machine.command("(sleep 0.1; echo late) & wait; echo end") == "late\nend"


def test_exec_in_place(machine):
    assert machine.command("sh -c 'exec echo replaced; echo never'") == "replaced"


def test_nothing_drifts(machine):
    """Six hundred processes cost no more frames than one: what may come and go is bounded."""
    if vm.ON_LINUX:
        pytest.skip("counts Tine's frames")
    machine.command("true | cat")
    before = accounts.read(machine)
    machine.command("for i in $(seq 300); do true | cat; done", timeout=120)
    after = accounts.read(machine)
    assert abs(before["frames_free"] - after["frames_free"]) <= accounts.LIVING_FRAMES
