# Redirections, descriptors above 9, here-documents and here-strings, noclobber, /dev/std*, moved and closed descriptors.
exec {fd}> file
echo "to $((fd >= 10))" >&"$fd"
exec {fd}>&-
cat file
{ echo out; echo err >&2; } > both 2>&1
cat both
{ echo out; echo err >&2; } 2>&1 > /dev/null | tr a-z A-Z
cat <<< "here string $((2 ** 40))"
cat <<- 'END'
	tabs go, $HOME stays
	END
set -o noclobber
echo again > file 2> /dev/null || echo "noclobber"
echo again >| file
set +o noclobber
cat file
exec 3<> file
read -r word <&3
echo " more" >&3
exec 3>&-
od -c file | head -n 2
echo "to stderr" 2>&1 > /dev/stderr | cat
cat < /dev/stdin <<< "through /dev/stdin"
exec 5>&1
(echo "moved" >&5 5>&-)
exec 6>&5-
echo "moved away" >&5 2> /dev/null || echo "5 is closed"
echo "6 is open" >&6
yes | head -n 1000 | wc -l
: > empty
[[ -s empty ]] || echo "empty"
read -r -t 0.1 line < <(sleep 0.5)
echo "read ended with $(($? > 128))"
read -r -n 3 abc <<< "abcdef"
echo "$abc"
ulimit -n 20
(exec 3< /dev/null; for i in {1..30}; do exec {x}< /dev/null || exit 1; done) 2> /dev/null
echo "too many files $?"
