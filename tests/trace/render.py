"""Events as text, as a file for Perfetto or Chrome's tracing page, and one fork as a list of hops."""

import json

SERVER_PROCESSES = 1000000


def text(events):
    """A line per event: instructions since the beginning, since the line before, who, what."""
    lines, first, last = [], events[0]["count"] if events else 0, None
    for e in events:
        since = e["count"] - (last if last is not None else e["count"])
        arrow = {"trap": "->", "leave": "<-", "enter": "  "}[e["kind"]]
        what = e["text"] + (f"  ({e['where']})" if e.get("where") else "")
        lines.append(f"{e['count'] - first:12,} {since:+9,}  {e['who']:<18} {arrow} {what}")
        last = e["count"]
    return "\n".join(lines) + "\n"


# ---- Chrome trace events ----------------------------------------------------------------------------------------------


class Timeline:
    """Times are microseconds of one instruction a nanosecond. Each process has a row of what it executes, of the calls
    that it waits for, and the kernel has one."""

    KERNEL, CALLS, RUNS = 0, 2, 1

    def __init__(self, first):
        self.first, self.rows, self.processes = first, [], {"kernel": self.KERNEL}

    def process(self, e):
        if e["who"] not in self.processes:
            self.processes[e["who"]] = e["pid"] or SERVER_PROCESSES + len(self.processes)
        return self.processes[e["who"]]

    def time(self, count):
        return (count - self.first) / 1000

    def slice(self, process, row, begin, end, name, **arguments):
        self.rows.append({"ph": "X", "pid": process, "tid": row, "ts": self.time(begin), "dur": (end - begin) / 1000,
                          "name": name, "args": {"instructions": end - begin, **arguments}})

    def instant(self, process, row, count, name):
        self.rows.append({"ph": "i", "s": "t", "pid": process, "tid": row, "ts": self.time(count), "name": name})

    def names(self):
        for who, process in self.processes.items():
            yield {"ph": "M", "pid": process, "name": "process_name", "args": {"name": who}}
            if who != "kernel":
                yield {"ph": "M", "pid": process, "tid": self.RUNS, "name": "thread_name", "args": {"name": "runs"}}
                yield {"ph": "M", "pid": process, "tid": self.CALLS, "name": "thread_name", "args": {"name": "waits for"}}


def chrome(events):
    """The JSON text of the trace."""
    line = Timeline(events[0]["count"] if events else 0)
    trapped, left = None, None
    for e in events:
        process = line.process(e)
        if e["kind"] == "trap":
            if left:
                line.slice(process, line.RUNS, left["count"], e["count"], "runs")
            trapped, left = e, None
        elif e["kind"] == "leave":
            if trapped:
                line.slice(line.KERNEL, 1, trapped["count"], e["count"], trapped["name"], what=trapped["text"],
                           caller=trapped["who"], next=e["who"])
            if e.get("switched"):
                line.instant(line.KERNEL, 1, e["count"], f"switch to {e['who']}")
            if e.get("ends") and e["ends"]["count"] >= line.first:
                line.slice(process, line.CALLS, e["ends"]["count"], e["count"], e["ends"]["name"],
                           what=e["ends"]["text"], result=e["text"])
            trapped, left = None, e
        else:
            line.instant(process if left else line.KERNEL, 1, e["count"], e["text"])
    document = {"displayTimeUnit": "ns", "otherData": {"unit": "an instruction is a nanosecond"}}
    return json.dumps({**document, "traceEvents": [*line.names(), *line.rows]}, indent=0) + "\n"


# ---- the trip of one fork ---------------------------------------------------------------------------------------------


def trip(events, names=("clone", "clone3")):
    """The events from the last call of these names to the caller's return from it; [] if there is none."""
    starts = [i for i, e in enumerate(events) if e.get("cause") == "call" and e["name"] in names]
    for start in reversed(starts):
        for end in range(start + 1, len(events)):
            if events[end].get("ends") is events[start]:
                return events[start : end + 1]
    return []


def hop_table(events):
    """Markdown: each hop with the instructions from it to the next."""
    lines = ["| hop | at | who | what | instructions |", "|--:|--:|---|---|--:|"]
    for i, e in enumerate(events):
        spent = f"{events[i + 1]['count'] - e['count']:,}" if i + 1 < len(events) else ""
        side = {"trap": "enters the kernel: ", "leave": "runs: ", "enter": ""}[e["kind"]]
        what = f"`{e['text']}`" + (f", {e['where']}" if e.get("where") else "")
        lines.append(f"| {i + 1} | {e['count'] - events[0]['count']:,} | {e['who']} | {side}{what} | {spent} |")
    return "\n".join(lines) + "\n"


def sums(events):
    """{(who, "runs") or ("kernel", "for who"): instructions} of a trip."""
    found, inside = {}, None
    for e, following in zip(events, events[1:]):
        if e["kind"] == "trap":
            inside = e["who"]
        elif e["kind"] == "leave":
            inside = None
        key = ("kernel", f"for {inside}") if inside else (e["who"], "runs")
        found[key] = found.get(key, 0) + following["count"] - e["count"]
    return found
