# ipcmk, ipcs, ipcrm and lsipc, in a namespace of their own. Keys are random.
cat > steps <<'END'
ipcmk -Q
ipcmk -S 3 -p 0640
ipcmk -M 10000
ipcs | sed 's/^0x[0-9a-f]*/KEY/'
ipcs -u
ipcs -l
ipcs -s -i 0 | sed 's/time = .*/time/'
ipcs -m -p
lsipc -s --noheadings -o ID,PERMS,CUID,CGID,NSEMS
lsipc -q -o ID,PERMS,USEDBYTES,MSGS
lsipc -m -o ID,SIZE,NATTCH,STATUS
ipcrm -q 0 -s 0
ipcs | sed 's/^0x[0-9a-f]*/KEY/'
ipcrm -s 0
ipcrm --all=shm
ipcs | grep -c ^0x
sysctl kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmmax kernel.shmall kernel.shmmni
sysctl -w kernel.msgmax=100
END
sed -i 's/^ipcs -m -p$/ipcs -m -p | wc -l/' steps
unshare --ipc bash steps
ipcs -q -l
unshare --map-root-user --ipc bash -c 'ipcmk -Q; ipcs -q | grep -c ^0x'
