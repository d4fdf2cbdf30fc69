# Hundreds of forks: subshells, command substitutions, pipelines, background jobs, deep nesting.
sum=0
for i in {1..200}; do
    (exit $((i % 120)))
    sum=$((sum + $?))
done
echo "subshells $sum"

text=
for i in {1..100}; do
    text+=$(echo -n "$((i % 10))")
done
echo "substitutions ${#text} ${text:0:20}"

for i in {1..40}; do
    seq "$i" | sed 's/$/0/' | tail -n 1
done | awk '{ n += $1 } END { print "pipelines", n }'

pids=()
for i in {1..50}; do
    { sleep 0.01; exit $i; } &
    pids+=($!)
done
total=0
for pid in "${pids[@]}"; do
    wait "$pid"
    total=$((total + $?))
done
echo "background $total"

nest() { if (($1 == 0)); then echo bottom; else (nest $(($1 - 1))); fi; }
echo "nested $(nest 30)"

set -o pipefail
true | false | true
echo "pipefail $? ${PIPESTATUS[*]}"
(exit 3) | (exit 4) | cat
echo "statuses ${PIPESTATUS[*]}"
(kill -KILL $BASHPID) 2> /dev/null
echo "killed $?"
