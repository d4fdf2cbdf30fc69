# Text: sort, uniq, cut, join, tr, sed, awk, sums, numbers, dates.
seq 2000 | shuf --random-source=<(yes) | sort -n | md5sum
seq 300 | sort -R --random-source=<(yes) | sort -n | sha256sum | cut -c1-16
printf 'b 2\na 1\nb 3\n' | sort -k1,1 -k2,2nr
printf 'x\nx\ny\n' | uniq -c | tr -s ' '
printf '1 a\n2 b\n' > left; printf '1 A\n2 B\n' > right; join left right
paste -d, left right
seq 10 | tac | head -n 3 | nl
echo "a:b:c" | cut -d: -f2-
seq 12 | pr -3 -t -l 4
seq 100 | awk '$1 % 7 == 0 { s += $1 } END { print s, NR }'
awk 'BEGIN { while (("seq 5" | getline x) > 0) t += x; print t; print "b\na" | "sort"; close("sort"); system("echo sub") }'
echo hello | sed -E 's/(l+)/<\1>/; y/h/H/'
seq 20 | grep -E '^1.?$' | wc -l
seq 10 | csplit -q - 4 8; cat xx01 | tr '\n' ' '; echo
numfmt --to=iec 1048576; factor 1234567890; expr 6 \* 7
date -u -d @1000000000 '+%F %T'
echo abc | od -An -tx1
base64 <<< "some text" | base64 -d
fold -w 5 <<< "abcdefghijkl" | fmt | wc -l
comm -12 <(seq 5) <(seq 3 8) | tr '\n' ' '; echo
seq 100000 | sha1sum; seq 100000 | b2sum | cut -c1-16; seq 10 | cksum
env -i A=1 B=2 env | sort
yes n | head -n 3 | tee copy | wc -l; cmp copy <(yes n | head -n 3) && echo same
printenv HOME; nproc --ignore=100; id -u; id -un; whoami; groups
stty size < /dev/null 2> /dev/null || echo "no terminal"
timeout 5 true; echo $?; nice -n 5 nice
tsort <<< "a b b c"; ptx -A /dev/null | wc -l; echo "a	b" | expand -t 4; shuf -i 1-10 | sort -n | tail -n1
