# Process substitution, which needs /dev/fd: as input, several, as output, nested.
cat <(echo one) <(echo two)
diff <(printf '1\n2\n3\n') <(printf '1\nx\n3\n')
echo "diff $?"
paste <(seq 3) <(seq 4 6) <(seq 7 9)
n=0
while read -r line; do n=$((n + line)); done < <(seq 100)
echo "sum $n"
seq 10 | tee >(wc -l > lines) >(tail -n 1 > last) > /dev/null
sleep 0.5
echo "lines $(cat lines) last $(cat last)"
cat <(cat <(cat <(echo nested)))
[[ -e /dev/fd/0 && -p <(true) ]] && echo "names a pipe"
mapfile -t array < <(seq 5)
echo "array ${#array[@]} ${array[4]}"
exec 7< <(echo held)
read -r line <&7
exec 7<&-
echo "$line"
