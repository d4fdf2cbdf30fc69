# Jobs in a script: numbers, wait -n, disown, set -m with process groups, stopping and continuing, signals to groups.
sleep 10 & first=$!
sleep 20 & second=$!
jobs | sed 's/  */ /g'
kill %1
wait %1 2> /dev/null
echo "first $?"
kill -STOP "$second"
sleep 0.2
ps -o stat= -p "$second" | cut -c1
kill -CONT "$second"
sleep 0.2
ps -o stat= -p "$second" | cut -c1
kill "$second"
wait "$second" 2> /dev/null
echo "second $?"
(sleep 0.5; exit 4) & (sleep 0.05; exit 3) &
wait -n
echo "one of two $?"
wait -n
echo "the other $?"
wait -n
echo "none $?"
set -m
sleep 10 | sleep 10 &
group=$(ps -o pgid= -p $! | tr -d ' ')
ps -o pgid= -e | grep -cw "$group"
kill -- -"$group"
wait 2> /dev/null
set +m
ps -o pgid= -e | grep -cw "$group"
nohup true 2> /dev/null
echo "nohup $?"
setsid -w bash -c '[ $(ps -o sid= -p $$) = $$ ] && echo leader; exit 6'
echo "setsid $?"
sleep 30 & disown
kill $!
echo "killed the disowned"
