# dash: forks and vforks, traps, here-documents, background jobs, read, arithmetic.
n=0
for i in $(seq 200); do
    /bin/true && n=$((n + 1))
done
echo "programs $n"
n=0
for i in $(seq 200); do
    (exit $((i % 100)))
    n=$((n + $?))
done
echo "subshells $n"
seq 1 500 | while read -r i; do echo $((i * 2)); done | tail -n 1
f() { trap 'echo "exit $?"' EXIT; exit 3; }
(f)
echo "status $?"
trap 'echo hup' HUP
kill -HUP $$
cat << END
$(echo in a document) ${n:-none} ${missing:-default}
END
sleep 0.2 &
a=$!
(exit 5) &
b=$!
wait $b
echo "b $?"
wait $a
echo "a $?"
x=$(cat << 'END'
$literal
END
)
echo "$x"
exec 3> file
echo third >&3
exec 3>&-
cat file
set -- one two three
while [ $# -gt 0 ]; do echo "$1"; shift; done
case $(uname -m) in riscv*) echo riscv ;; *) echo other ;; esac
ulimit -c 0
ulimit -c
kill -9 $$ &
wait
echo never
