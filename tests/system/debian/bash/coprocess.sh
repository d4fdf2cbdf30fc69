# Coprocesses: a calculator that is asked line by line, one that ends, descriptors in an array.
coproc CALC { while read -r a op b; do echo $((a $op b)); done; }
for i in {1..50}; do
    echo "$i * $i" >&"${CALC[1]}"
    read -r answer <&"${CALC[0]}"
    ((answer == i * i)) || echo "wrong: $i $answer"
done
echo "last $answer"
pid=$CALC_PID
exec {CALC[1]}>&-
wait "$pid"
echo "calculator ended with $?"

coproc cat
echo "through cat" >&"${COPROC[1]}"
read -r line <&"${COPROC[0]}"
echo "$line"
pid=$COPROC_PID
kill "$pid"
wait "$pid" 2> /dev/null
echo "status $?"
