# redis-server on a unix socket: commands, a snapshot by fork while clients write, the log rewritten, data after a restart.
start() {
    redis-server --port 0 --unixsocket "$PWD/socket" --dir "$PWD" --save "" --appendonly "$1" --daemonize no > log 2>&1 &
    server=$!
    for _ in {1..200}; do
        [[ $(ask ping 2> /dev/null) == PONG ]] && return
        sleep 0.1
    done
    echo "no server"
    cat log
}
ask() { redis-cli -s socket "$@"; }
field() { ask info "$1" | tr -d '\r' | sed -n "s/^$2://p"; }
until_zero() { for _ in {1..300}; do [[ $(field persistence "$1") == 0 ]] && return; sleep 0.1; done; echo "$1 lasts"; }

start no
ask set greeting hello
ask get greeting
ask incrby counter 41
ask incr counter
ask rpush list a b c
ask lrange list 0 -1
for i in {1..2000}; do echo "set key:$i value-$i"; done | ask > answers
sort answers | uniq -c | tr -s ' '
ask bgsave > /dev/null
for i in {1..500}; do echo "set key:$i changed-$i"; done | ask > /dev/null
until_zero rdb_bgsave_in_progress
echo "saved $(field persistence rdb_last_bgsave_status) forks $(field stats total_forks)"
ask get key:7
redis-check-rdb dump.rdb > check && echo "snapshot is whole"
ask shutdown nosave
wait "$server"
echo "server ended with $?"
start no
echo "keys $(ask dbsize)"
ask get key:1999
ask shutdown nosave
wait "$server"
rm dump.rdb
start yes
for i in {1..300}; do echo "incr n"; done | ask | tail -n 1
ask bgrewriteaof > /dev/null
until_zero aof_rewrite_in_progress
echo "rewritten $(field persistence aof_last_bgrewrite_status)"
ask incr n
{ kill -KILL "$server"; wait "$server"; } 2> /dev/null
start yes
ask get n
ask shutdown
wait "$server"
echo "server ended with $?"
