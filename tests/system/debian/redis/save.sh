# redis-server on a unix socket: a snapshot by fork and the log's rewriting by fork, each while clients write; read back.
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
# The child takes 2 ms for each key, so that there is time to write.
slowly() { ask config set rdb-key-save-delay 2000 > /dev/null; }
values() { for i in {1..2000}; do echo "$1-$i"; done; }
write_all() { for i in {1..2000}; do echo "set key:$i $1-$i"; done | ask | sort | uniq -c | tr -s ' '; }
read_all() { ask mget key:{1..2000}; }
# Whether the field is still 1, after what was done meanwhile.
during() { [[ $(field persistence "$1") == 1 ]] && echo "during the $2"; }

start no
ask set greeting hello
ask get greeting
ask incrby counter 41
ask incr counter
ask rpush list a b c
ask lrange list 0 -1

write_all value
slowly
ask bgsave
write_all changed
ask del greeting
during rdb_bgsave_in_progress save
until_zero rdb_bgsave_in_progress
echo "saved $(field persistence rdb_last_bgsave_status) forks $(field stats total_forks)"
(($(field persistence rdb_last_cow_size) > 0)) && echo "what was copied is counted"
cmp <(read_all) <(values changed) && echo "the server has what was written"
redis-check-rdb dump.rdb > check && echo "snapshot is whole"
ask shutdown nosave
wait "$server"
echo "server ended with $?"
start no
echo "keys $(ask dbsize)"
cmp <(read_all) <(values value) && echo "the snapshot has what was there at the fork"
ask get greeting
ask shutdown nosave
wait "$server"
rm dump.rdb

start yes
write_all first
for i in {1..300}; do echo "incr n"; done | ask | tail -n 1
slowly
ask bgrewriteaof
write_all second
for i in {1..300}; do echo "incr n"; done | ask | tail -n 1
during aof_rewrite_in_progress rewrite
until_zero aof_rewrite_in_progress
echo "rewritten $(field persistence aof_last_bgrewrite_status)"
ask incr n
{ kill -KILL "$server"; wait "$server"; } 2> /dev/null
start yes
ask get n
cmp <(read_all) <(values second) && echo "the log has what was written before, during and after"
ask shutdown
wait "$server"
echo "server ended with $?"
