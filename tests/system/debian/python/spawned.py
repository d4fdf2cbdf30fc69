"""subprocess: output, input, timeouts, groups, descriptors, signals, and a program that is not there."""
import os
import signal
import subprocess
import sys

run = subprocess.run
print(run(["echo", "hello"], capture_output=True, text=True).stdout.strip())
print(run(["cat"], input="through cat " * 20000, capture_output=True, text=True).stdout.count("cat"))
print(run("exit 3", shell=True).returncode, run(["sh", "-c", "kill -SEGV $$"]).returncode)
try:
    run(["sleep", "10"], timeout=0.2)
except subprocess.TimeoutExpired as error:
    print("timeout", error.cmd)
try:
    run(["/no/such/program"])
except FileNotFoundError as error:
    print(error)
try:
    run(["/etc/passwd"])
except PermissionError as error:
    print(error)
p = subprocess.Popen(["sh", "-c", "read x; echo got $x; read y; echo got $y"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
p.stdin.write("one\n")
p.stdin.flush()
print(p.stdout.readline().strip())
print(p.communicate("two\n")[0].strip(), p.returncode)
a = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE)
b = subprocess.Popen(["grep", "7"], stdin=a.stdout, stdout=subprocess.PIPE)
c = subprocess.Popen(["wc", "-l"], stdin=b.stdout, stdout=subprocess.PIPE, text=True)
a.stdout.close()
b.stdout.close()
print("pipeline", c.communicate()[0].strip(), a.wait(), b.wait())
r, w = os.pipe()
run(["sh", "-c", f"echo by descriptor >&{w}"], pass_fds=[w])
print(os.read(r, 100).decode().strip())
print(run(["sh", "-c", f"echo x >&{w}"], stderr=subprocess.DEVNULL).returncode, "descriptor is closed")
q = "import os; print(os.getsid(0) == os.getpid(), os.getcwd(), os.environ['A'], oct(os.umask(0)))"
print(run([sys.executable, "-c", q], start_new_session=True, cwd="/usr", env={"A": "b"}, umask=0o27, capture_output=True, text=True).stdout.strip())
print(run(["id", "-u"], preexec_fn=lambda: os.nice(1), capture_output=True, text=True).stdout.strip())
print(run(["id", "-u"], user=65534, group=65534, extra_groups=[1], capture_output=True, text=True).stdout.strip())
p = subprocess.Popen(["sleep", "100"], process_group=0)
print(os.getpgid(p.pid) == p.pid, p.poll())
p.send_signal(signal.SIGSTOP)
p.terminate()
p.send_signal(signal.SIGCONT)
print("terminated", p.wait())
many = [subprocess.Popen(["sh", "-c", f"exit {i}"]) for i in range(30)]
print(sum(p.wait() for p in many))
print(subprocess.check_output("echo $PPID", shell=True, text=True).strip() == str(os.getpid()))
print(os.system("exit 5") >> 8, os.popen("echo popen").read().strip())
print(subprocess.getstatusoutput("echo out; echo err >&2; exit 6"))
