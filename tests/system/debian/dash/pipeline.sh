# The pipeline of the measurements, many times, and errors in its midst.
for i in 1 2 3 4 5 6 7 8 9 10; do
    ls / | grep etc | wc -l
done | sort | uniq -c | tr -s ' '
ls /nonexistent 2>&1 | sed 's/.*: //'
nosuchcommand 2> /dev/null
echo "not found $?"
yes | head -n 2
seq 100000 | tail -n 1
dd if=/dev/zero bs=64k count=32 2> /dev/null | cat | cat | wc -c
# Python between the tools, reading and writing as it goes, and one that starts a pipeline of its own.
seq 20000 | python3 -c 'import sys
for line in sys.stdin: print(int(line) % 7)' | sort | uniq -c | tr -s ' '
python3 -c 'import os; print(os.popen("seq 5 | tac | tr \"\\n\" \" \"").read())' | cat
python3 -c 'print("y\n" * 10 ** 6)' | head -n 1 | wc -c
