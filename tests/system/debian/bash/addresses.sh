# Where programs, their stacks and their libraries lie: elsewhere each time, or always at the same place if that is asked for.
program() { "$@" cat /proc/self/maps | sed -n '1s/-.*//p'; }
library() { "$@" cat /proc/self/maps | sed -n '/libc.so/{s/-.*//p;q}'; }
stack() { "$@" cut -d ' ' -f 28 /proc/self/stat; }
different() { for _ in 1 2 3 4 5 6; do "$@"; done | sort -u | wc -l; }
several() { [[ $(different "$@") -gt 3 ]] && echo "$1 moves" || echo "$1 stays"; }

cat /proc/sys/kernel/randomize_va_space
several library env
several stack env
different program setarch -R
different library setarch -R
different stack setarch -R
[[ $(program env) != $(program setarch -R) ]] && echo "the program has been moved"

echo "who changes the user is moved all the same:"
cp /usr/bin/cat cat
chmod u+s cat
maps() { setpriv --reuid 65534 --clear-groups "$@" ./cat /proc/self/maps | sed -n '1s/-.*//p'; }
[[ $(maps setarch -R) != $(program setarch -R) ]] && echo yes
chmod u-s cat
[[ $(maps setarch -R) == $(program setarch -R) ]] && echo "and without that, not"

echo "for all:"
echo 0 > /proc/sys/kernel/randomize_va_space
cat /proc/sys/kernel/randomize_va_space
different program env
different library env
different stack env
(echo nonsense > /proc/sys/kernel/randomize_va_space) 2>&1 | sed 's/.*: //'
setpriv --reuid 65534 --clear-groups bash -c 'echo 2 > /proc/sys/kernel/randomize_va_space' 2>&1 | sed 's/.*: //'
echo 2 > /proc/sys/kernel/randomize_va_space
cat /proc/sys/kernel/randomize_va_space
