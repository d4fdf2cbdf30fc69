# Traps: of signals in order, in functions and subshells, of EXIT, ERR, DEBUG, RETURN and CHLD; signals while waiting.
trap 'echo usr1' USR1
trap 'echo usr2' USR2
kill -USR1 $$
kill -USR2 $$
echo "after both"

trap '' USR2
kill -USR2 $$
bash -c 'kill -USR2 $$; echo "ignored in a child too"'
trap - USR2
bash -c 'kill -USR2 $$; echo never'
echo "status $?"

(trap 'echo "subshell exit $?"' EXIT; exit 7)
echo "status $?"

(trap 'echo "err at $LINENO"' ERR; false; true; ! true; false || true; echo done)

(set -T; f() { trap 'echo return' RETURN; echo body; }; f)

# wait is ended by a signal that has a trap, and the job goes on.
sleep 0.6 &
job=$!
{ sleep 0.1; kill -USR1 $$; } &
wait "$job"
echo "wait ended with $(($? > 128))"
wait "$job"
echo "then $?"
wait

children=0
trap 'children=$((children + 1))' CHLD
set -m
for i in 1 2 3 4 5; do (exit 0) & wait $!; done
set +m
trap - CHLD
echo "children $children"

(trap 'echo term; exit 5' TERM; kill -TERM $BASHPID; echo never)
echo "status $?"
# The group gets the signal, too: whether it ends the sleep or comes between two of them is chance, and what bash says of it.
timeout 0.2 bash -c 'trap "echo caught; exit 9" TERM; while :; do sleep 0.05; done' 2> /dev/null
echo "timeout $?"
timeout -s KILL 0.2 sleep 10 2> /dev/null
echo "timeout $?"
trap
trap 'echo bye' EXIT
