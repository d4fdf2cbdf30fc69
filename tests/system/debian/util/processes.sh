# procps: who runs, with which threads and how much of the machine; signals by name.
bash -c 'exec -a sleeper sleep 1000' &
first=$!
bash -c 'exec -a sleeper sleep 1001' &
second=$!
until [[ $(pgrep -fc '^sleeper') == 2 ]]; do sleep 0.1; done

echo "--- ps"
ps -o comm=,args=,stat=,nlwp= -p "$first" | sed 's/  */ /g'
ps -o pid= -p "$first" | tr -d ' ' | grep -cx "$first"
ps -o ppid= -p "$first" | tr -d ' ' | grep -cx $$
ps -eo pid= | grep -cw "$first"
ps --ppid $$ -o args= | grep -c '^sleeper'
ps -o user=,ni=,tty= -p "$first"
ps -p 99999999 -o pid= 2>&1; echo "status $?"
ps axf > /dev/null && echo forest
ps -ef | head -n 1
ps aux | head -n 1

echo "--- threads"
python3 -c 'import threading, time
for i in range(3): threading.Thread(target=time.sleep, args=(1000,), name=f"worker{i}", daemon=True).start()
print("begun", flush=True); time.sleep(1000)' > begun &
python=$!
until [[ -s begun ]]; do sleep 0.1; done
ps -L -o lwp= -p "$python" | wc -l
ps -L -o nlwp= -p "$python" | sort -u | tr -d ' '
ps -T -p "$python" | wc -l
ls /proc/$python/task | wc -l
top -H -b -n 1 -p "$python" | grep -c -E 'python|worker'
kill "$python"
wait "$python" 2> /dev/null

echo "--- pgrep, pkill, pidwait"
pgrep -f '^sleeper 1000' | grep -cx "$first"
pgrep -P $$ -f sleeper | wc -l
pwdx "$first" | sed "s/^$first/PID/"
pkill -STOP -f '^sleeper 1001'
until [[ $(ps -o stat= -p "$second") == T* ]]; do sleep 0.1; done
ps -o stat= -p "$second"
pkill -CONT -f '^sleeper 1001'
pkill -f '^sleeper 1001'
wait "$second" 2> /dev/null
echo "ended with $?"
pidwait -f '^sleeper 1000' &
kill "$first"
wait "$first" 2> /dev/null
wait $!
echo "waited $?"
pgrep sleeper; echo "status $?"

echo "--- the machine"
free | head -n 1 | tr -s ' '
free -b | awk '/^Mem/ { print ($2 > 500e6 && $3 + $4 <= $2 * 1.1) ? "adds up" : $0 }'
uptime | sed 's/.*load average:.*/has a load/'
uptime -p | grep -c '^up'
vmstat | head -n 2 | tail -n 1 | tr -s ' '
vmstat -s | grep -c memory
top -b -n 1 | sed -n '1s/ - .*//p;2s/:.*//p;3s/:.*//p'
sysctl kernel.ostype kernel.pid_max
sysctl -n kernel.hostname | wc -l
w -h | wc -l
