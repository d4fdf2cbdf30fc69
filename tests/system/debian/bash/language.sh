# The language: arrays, arithmetic, patterns, globs, functions, printf, getopts, local state of subshells.
declare -A map=([one]=1 [two]=2 [three]=3)
for key in $(printf '%s\n' "${!map[@]}" | sort); do printf '%s=%d ' "$key" "${map[$key]}"; done
echo
array=(z y x)
array+=(w)
echo "${#array[@]} ${array[-1]} ${array[*]:1:2} ${array[@]/y/Y}"
echo $((0x1f + 010 + 2#101)) $((7 / 2)) $((-7 % 3)) $((1 << 62)) $((5 > 3 ? 1 : 2))
name=/usr/lib/file.tar.gz
echo "${name##*/} ${name%.*} ${name%%.*} ${name/lib/share} ${name^^} ${name:5:3} ${#name}"
mkdir -p globs/{a,b}/{x,y}
touch globs/{a,b}/{x,y}/file{1..3}.{txt,c}
shopt -s globstar extglob nullglob
echo globs/**/*1.c | wc -w
echo globs/a/x/!(*.c)
echo globs/a/x/file[23].@(c|txt)
echo none/*
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "${BASH_REMATCH[1]}-${BASH_REMATCH[2]}"
case file.c in *.txt) echo text ;; *.[ch]) echo source ;; esac
factorial() { local n=$1; ((n < 2)) && echo 1 || echo $((n * $(factorial $((n - 1))))); }
factorial 10
printf '%05.1f|%-8s|%x|%q\n' 3.14159 left 255 "a b"
printf '%(%Y-%m-%d)T\n' 86400
options() { local o OPTIND=1; while getopts 'ab:' o; do echo -n "$o${OPTARG:+=$OPTARG} "; done; echo; }
options -a -b value
x=1; (x=2; cd /; :); echo "$x ${PWD##*/}"
eval 'y=$((x + 1))'; echo "$y"
IFS=: read -r a b c <<< "1:2:3:4"; echo "$c $b $a"
set -- "a b" c; echo $# "$1"; shift; echo "$*"
for ((i = 0; i < 3; i++)); do echo -n "$i "; done; echo
select word in first second; do echo "$word"; break; done <<< 2 2> /dev/null
echo $'tab\there' "$(printf 'x%.0s' {1..10})"
type -t cd ls for factorial
command -v ls
hash -r; umask 027; umask
echo "$BASH_VERSION" | cut -d. -f1
time_output=$({ time sleep 0.1; } 2>&1); [[ $time_output == *real*user*sys* ]] && echo timed
