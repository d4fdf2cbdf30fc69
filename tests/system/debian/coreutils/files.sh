# Files: what coreutils, findutils, tar, gzip and grep do with them.
umask 022
mkdir -p d/e/f
seq 1000 > d/numbers
ln d/numbers d/hard
ln -s numbers d/soft
stat -c '%h %s %F' d/numbers d/soft
cp -a d copy
diff -r d copy && echo same
[ copy/numbers -ef copy/hard ] && echo "hard link kept"
mv copy moved
ls -R moved | sort | tr '\n' ' '; echo
rm -rf moved
find d -type f -newer /etc/hostname -printf '%P %s\n' | sort
find d -name 'n*' -exec wc -l {} +
find d -type d -print0 | xargs -0 -n1 echo | sort
tar cf - d | tar xf - --transform 's/^d/out/'
diff -r d out && echo "tar kept it"
tar czf d.tgz d && tar tzf d.tgz | wc -l
gzip -k d/numbers && gzip -dc d/numbers.gz | cmp - d/numbers && echo "gzip kept it"
chmod 4751 d/numbers; stat -c '%a %A' d/numbers
chmod u=rw,go= d/numbers; stat -c '%a' d/numbers
chown 1:2 d/numbers; stat -c '%u %g' d/numbers
touch -d '2001-02-03 04:05:06 UTC' d/numbers; TZ=UTC stat -c '%y' d/numbers
truncate -s 10000 d/sparse; stat -c '%s' d/sparse
dd if=/dev/zero of=d/zero bs=1k count=10 2> /dev/null; wc -c < d/zero
split -n 4 -d d/zero d/part.; ls d/part.* | wc -l
du -s --apparent-size -B1 d/zero | cut -f1
mkfifo d/fifo; (echo "through a fifo" > d/fifo &) ; cat d/fifo
mknod d/null c 1 3; echo x > d/null; stat -c '%F %t %T' d/null
readlink -f d/soft | sed 's,.*/,,'
realpath --relative-to=d/e d/numbers
basename /a/b.c .c; dirname /a/b.c
install -m 640 -D d/zero d/x/y/z; stat -c '%a' d/x/y/z
rmdir d/e/f && rm -r d/x && echo removed
test -w /etc/hostname && test -d d && test ! -e d/none && echo tested
df --output=target / | tail -n 1
sync d/zero && echo synced
cat /nonexistent; echo "status $?"
