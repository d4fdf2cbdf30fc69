"""From the log of an execution to events: who entered the kernel, why, and who left it.

The log has, for each hop, the registers (QEMU's -d cpu) and then the plugin's line, see hops.c. An event is a dictionary:
count (instructions executed before it), kind, who, text, thread, and for a call its name and arguments.

    trap   a program enters the kernel: cause is call, operation, fault, exception or interrupt
    leave  the kernel goes on with a program; `switched` if that is another thread than the one that trapped
    enter  a function of the kernel or of a server begins
"""

import re

REGISTER = re.compile(r"(?:x\d+/)?([a-z][a-z0-9]*) +([0-9a-f]{16})")
ECALL, INTERRUPT = 8, 1 << 63
FAULTS = {12: "execute", 13: "read", 15: "write"}
EXCEPTIONS = {2: "illegal instruction"}  # the first use of floating point after a switch, most often
MESSAGES = {"CALL", "CALL_CAP", "SEND", "FORWARD"}
ANSWERS = {0: "value", 1: "restart", 2: "item"}
MARK = 0x54726163
PRCTL, CLONE, CLONE3, EXECVE = 167, 220, 435, 221


def hops(lines):
    """(count, address, thread, pid, registers, path) of each hop of a log; path is what the program of the last trap's
    execve will be called, or None."""
    registers, path = {}, None
    for line in lines:
        if line.startswith("hop "):
            _, count, address, thread, pid = line.split()
            yield int(count), int(address, 16), int(thread, 16), int(pid), registers, path
            registers, path = {}, None
        elif line.startswith("path "):
            path = line.split()[-1]
        else:
            registers.update((name, int(value, 16)) for name, value in REGISTER.findall(line))


class Names:
    """What numbers mean. sites: {address: ("trap"|"leave"|function, where)}; ranges: {server: (first, end of its code)};
    calls, operations, labels: {number: name}; arguments: {operation: names}."""

    def __init__(self, sites, ranges, calls, operations, arguments, labels):
        self.sites, self.ranges, self.calls = sites, ranges, calls
        self.operations, self.arguments, self.labels = operations, arguments, labels

    def server_at(self, pc):
        return next((name for name, (first, end) in self.ranges.items() if first <= pc < end), None)

    def operation(self, number):
        return self.operations.get(number, str(number)).removeprefix("TINE_")

    def call(self, number):
        return self.calls.get(number, f"call {number}")


class Reader:
    """Makes events of hops, and keeps what is known of each thread."""

    def __init__(self, names):
        self.names = names
        self.programs = {1: "run"}  # pid: name of the program it executes
        self.servers = {}  # thread: name of the server
        self.trapped = None  # the last trap
        self.waiting = {}  # thread: the call that it waits for

    def who(self, thread, pid):
        if thread in self.servers:
            return self.servers[thread]
        return f"{self.programs.get(pid, '?')}[{pid}]" if pid else ("idle" if not thread else "root")

    def event(self, count, kind, thread, pid, text, **more):
        return {"count": count, "kind": kind, "thread": thread, "pid": pid, "who": self.who(thread, pid), "text": text, **more}

    def ecall(self, count, thread, pid, r):
        number, args = r["a7"], [r[f"a{i}"] for i in range(6)]
        signed = number - (1 << 64) if number >> 63 else number
        if signed < 0 and pid == 0:
            name = self.names.operation(-signed)
            return self.event(count, "trap", thread, pid, self.operation_text(name, args, r), cause="operation", name=name, args=args)
        name = self.names.call(signed)
        text = f"{name}({', '.join(f'{a:#x}' for a in args)})"
        found = self.event(count, "trap", thread, pid, text, cause="call", name=name, number=signed, args=args)
        self.waiting[thread] = found
        return found

    def operation_text(self, name, args, r):
        if name in ("REPLY_RECEIVE", "REPLY"):
            answer = ANSWERS.get(r["t2"], "?")
            if answer == "item":
                return f"{name} with {self.names.operation(args[0])} of {args[2]} pages at {args[1]:#x}"
            return f"{name} {answer} {args[0]:#x}"
        if name in MESSAGES:
            return f"{name} {self.names.labels.get(r['t0'], r['t0'])}({', '.join(f'{a:#x}' for a in args)})"
        named = zip(self.names.arguments.get(name, []), args)
        return f"{name}({', '.join(f'{what} {value:#x}' for what, value in named)})"

    def trap(self, count, thread, pid, r):
        cause = r["scause"]
        server = self.names.server_at(r["sepc"])
        if server and not pid:
            self.servers[thread] = server
        if cause & INTERRUPT:
            return self.event(count, "trap", thread, pid, f"interrupt {cause & 0xff}", cause="interrupt", name="interrupt")
        if cause == ECALL:
            return self.ecall(count, thread, pid, r)
        if cause in FAULTS:
            text = f"fault: {FAULTS[cause]} of {r['stval']:#x}"
            return self.event(count, "trap", thread, pid, text, cause="fault", name="fault", address=r["stval"])
        text = EXCEPTIONS.get(cause, f"exception {cause}")
        return self.event(count, "trap", thread, pid, text, cause="exception", name="exception")

    def learn(self, path, r, pid, thread):
        """What a call tells about programs: its path at execve, its child at the return of clone."""
        if path and self.trapped and self.trapped.get("number") == EXECVE:
            self.programs[self.trapped["pid"]] = path.rsplit("/", 1)[-1]
        call = self.waiting.get(thread)
        if call and call["number"] in (CLONE, CLONE3) and 0 < r["a0"] < 1 << 30:
            self.programs.setdefault(r["a0"], self.programs.get(pid, "?"))

    def leave(self, count, thread, pid, r, path):
        self.learn(path, r, pid, thread)
        if pid and pid not in self.programs:
            self.programs[pid] = self.parent_name()
        switched = bool(self.trapped) and self.trapped["thread"] != thread
        call = self.waiting.pop(thread, None) if pid else None
        text = f"{call['name']} = {signed_text(r['a0'])}" if call else "goes on"
        return self.event(count, "leave", thread, pid, text, switched=switched, ends=call, value=r["a0"])

    def parent_name(self):
        """A child runs before its parent's clone has returned: then that is the only call of its kind under way."""
        forks = [c for c in self.waiting.values() if c["number"] in (CLONE, CLONE3)]
        return self.programs.get(forks[-1]["pid"], "?") if forks else "?"

    def read(self, lines):
        for count, address, thread, pid, registers, path in hops(lines):
            what, where = self.names.sites[address]
            if what == "trap":
                self.trapped = self.trap(count, thread, pid, registers)
                yield self.trapped
            elif what == "leave":
                yield self.leave(count, thread, pid, registers, path)
            else:
                yield self.event(count, "enter", thread, pid, what, where=where)


def signed_text(value):
    return str(value - (1 << 64)) if value >> 63 else f"{value:#x}" if value > 1 << 20 else str(value)


def window(events):
    """The events of the last run that run.c has marked, between the two marks."""
    marks = [i for i, e in enumerate(events) if e.get("number") == PRCTL and e["args"][0] == MARK]
    if len(marks) < 2:
        return []
    return events[marks[-2] + 1 : marks[-1]]


def rename_servers(events):
    """A server is known by the code it executes when it traps first; what it did before that is its, too."""
    names = {e["thread"]: e["who"] for e in events if not e["pid"] and e["who"] != "root"}
    for e in events:
        if not e["pid"] and e["thread"] in names:
            e["who"] = names[e["thread"]]
    return events
