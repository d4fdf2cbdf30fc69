"""Makes one page of what `make bench` and `make trace` have found, for people who would rather look than read.

    report.py FOLDER TRIP.json OUTPUT.html

The page holds everything: no script, font or picture comes from elsewhere. Each figure in it carries its value in
data-value, by which test_report.py compares the page with the raw lines.
"""

import html
import json
import pathlib
import subprocess
import sys

import charts
import raw
import table

HERE = pathlib.Path(__file__).parent
# The tiles at the top, and the rows of the chart of ratios with what they are called there.
TILES = [("fork", "1GiB", "fork of a process with 1 GiB"), ("fork_exit_wait", "0MiB", "fork, exit and wait, small"),
         ("bytes_idle_child", "64MiB", "memory of an idle child of a 64 MiB parent")]
RATIOS = [
    ("fork", "1GiB", "fork, 1 GiB resident"), ("fork_exit_wait", "1GiB", "fork + exit + wait, 1 GiB"),
    ("fork_exit_wait", "64MiB", "fork + exit + wait, 64 MiB"), ("fork_exit_wait", "0MiB", "fork + exit + wait, small"),
    ("huge_fork_exit_wait", "1GiB", "the same, 1 GiB in huge pages"), ("vfork_exec_wait", "tiny", "vfork + exec + wait"),
    ("posix_spawn_wait", "tiny", "posix_spawn + wait"), ("fork_exec_wait", "busybox-true", "fork + exec of busybox true"),
    ("sh_pipeline", "busybox", "ls / | grep etc | wc -l"), ("write_after_fork", "64MiB", "write after fork, a page"),
    ("first_touch", "page", "first touch of a page"), ("mmap_munmap", "page", "mmap + munmap"),
    ("pipe_roundtrip", "1", "pipe round trip"), ("futex_roundtrip", "-", "futex round trip"),
    ("thread_create_join", "-", "thread create + join"), ("signal_self", "-", "signal to self"),
    ("open_close", "/dev/null", "open + close"), ("read_zero", "1", "read of a byte"), ("getpid", "-", "getpid"),
]
LINES = [("Linux", "s-linux", "linux", "-"), ("Tine micro", "s-micro", "micro", "auto"), ("Tine mono", "s-mono", "mono", "auto")]
LINES += [(f"micro, {name}", f"s-{name}", "micro", name) for name in ("entries", "nodes", "frames")]


def tag(name, inner, **attributes):
    words = "".join(f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{words}>{inner}</{name}>"


def figure(key, system, value, inner=None, name="span", **more):
    """A figure of a row that the page shows."""
    shown = inner if inner is not None else f"{value:,}"
    return tag(name, shown, data_row=key[0], data_param=key[1], data_system=system, data_value=value, **more)


def fraction(ours, theirs):
    """Of Linux's: the one that is easier to grasp."""
    return table.ratio(ours, theirs)


# ---- parts of the page ------------------------------------------------------------------------------------------------


def tiles(systems):
    linux, micro = systems.get("linux", {}), systems.get("micro", {})
    found = []
    for row, parameter, title in TILES:
        key = (row, parameter)
        if key in linux and key in micro:
            unit = "bytes" if row.startswith("bytes_") else "instructions"
            detail = f"{figure(key, 'micro', micro[key])} {unit}; Linux {figure(key, 'linux', linux[key])}"
            found.append(tag("div", tag("b", fraction(micro[key], linux[key])) + tag("span", title) + tag("small", detail), class_="tile"))
    return tag("div", "".join(found), class_="tiles")


def ratio_bar(key, title, systems, scale):
    """One row: the axis is Linux's cost, the marks are Tine's."""
    linux = systems["linux"][key]
    marks = "".join(
        figure(key, name, systems[name][key], "", class_=f"mark m-{name}", style=f"left:{scale(systems[name][key] / linux):.2f}%",
               title=f"{raw.TITLES[name]}: {systems[name][key]:,}, Linux: {linux:,}")
        for name in ("mono", "micro") if key in systems.get(name, {})
    )
    ratio = fraction(systems["micro"][key], linux) if key in systems.get("micro", {}) else "-"
    bar = tag("span", tag("span", "", class_="one", style=f"left:{scale(1):.2f}%") + marks, class_="bar")
    return tag("li", tag("span", html.escape(title), class_="what") + bar + tag("span", ratio, class_="ratio"))


def ratios(systems):
    keys = [(row, parameter) for row, parameter, _ in RATIOS]
    shares = [systems[name][key] / systems["linux"][key] for key in keys for name in ("mono", "micro")
              if key in systems.get(name, {}) and key in systems.get("linux", {})]
    if not shares:
        return tag("p", "Linux and Tine have to be measured both for this chart.")
    scale = charts.LogScale(min(shares) / 1.3, max(2, *shares), 0, 100)
    rows = [ratio_bar((row, parameter), title, systems, scale) for row, parameter, title in RATIOS if (row, parameter) in systems["linux"]]
    ticks = "".join(tag("i", "1" if d == 1 else f"1/{round(1 / d):,}" if d < 1 else f"{d:,}", style=f"left:{scale(d):.2f}%")
                    for d in scale.decades())
    return tag("ul", "".join(rows), class_="ratios") + tag("div", tag("span", ticks), class_="ratios scale")


def curves(laboratories, metric):
    lines = [(title, style, raw.series(laboratories.get(system, []), "size", metric, strategy)) for title, style, system, strategy in LINES]
    lines = [entry for entry in lines if entry[2]]
    if not lines:
        return tag("p", "forklab has not been run.")
    label = f"{metric} against resident memory, logarithmic axes"
    return charts.line_chart(lines, 760, 430, "wide", label) + charts.line_chart(lines, 400, 420, "narrow", label)


def fork_timeline(trip):
    if not trip:
        return tag("p", "No fork has been traced.")
    rows = "".join(
        tag("tr", tag("td", f"{hop['count'] - trip[0]['count']:,}", class_="n") + tag("td", html.escape(hop["who"])) +
            tag("td", tag("code", html.escape(hop["text"]))) )
        for hop in trip
    )
    hops = tag("details", tag("summary", f"all {len(trip)} hops") + tag("div", tag("table", rows), class_="scroll"))
    return charts.timeline(trip, 760, "wide") + charts.timeline(trip, 400, "narrow") + hops


def cell(key, name, systems):
    value = systems.get(name, {}).get(key)
    return tag("td", "-", class_="n") if value is None else figure(key, name, value, name="td", class_="n")


def costs(systems):
    linux, mono, micro = (systems.get(name, {}) for name in raw.SYSTEMS)
    head = tag("tr", "".join(tag("th", title) for title in ("what", "", "Linux", "mono", "micro", "micro / Linux", "wall", "budget")))
    rows = []
    for key in dict.fromkeys([*linux, *micro, *mono]):
        bound = table.limit(key, linux)
        verdict = table.met(key, micro.get(key), bound)
        budget = "" if bound is None else f"{bound:,} " + {"yes": "✓", "NO": "✗ missed"}.get(verdict, "")
        cells = tag("td", key[0]) + tag("td", key[1]) + "".join(cell(key, name, systems) for name in raw.SYSTEMS)
        cells += tag("td", fraction(micro.get(key), linux.get(key)), class_="n") + tag("td", table.wall(key, mono.get(key), micro.get(key)), class_="n")
        rows.append(tag("tr", cells + tag("td", budget, class_="n missed" if verdict == "NO" else "n")))
    return tag("div", tag("table", tag("thead", head) + tag("tbody", "".join(rows)), class_="costs"), class_="scroll")


def legend(pairs):
    return tag("p", " ".join(tag("span", title, class_=f"key {style}") for title, style in pairs), class_="legend")


def revision():
    try:
        return subprocess.run(["git", "describe", "--always"], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def page(systems, laboratories, trip):
    parts = {
        "style": (HERE / "report.css").read_text(),
        "tiles": tiles(systems),
        "ratios": ratios(systems),
        "ratio_legend": legend([("Tine micro", "m-micro"), ("Tine mono", "m-mono"), ("Linux = 1", "m-linux")]),
        "fork": curves(laboratories, "fork"),
        "fork_exit_wait": curves(laboratories, "fork_exit_wait"),
        "timeline": fork_timeline(trip),
        "total": f"{trip[-1]['count'] - trip[0]['count']:,}" if trip else "-",
        "costs": costs(systems),
        "revision": html.escape(revision()),
    }
    text = (HERE / "report.html").read_text()
    for name, value in parts.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def main(folder, trip, output):
    folder, trip = pathlib.Path(folder), pathlib.Path(trip)
    files = {name: folder / f"forklab-{name}.txt" for name in raw.SYSTEMS}
    laboratories = {name: raw.forklab(path) for name, path in files.items() if path.exists()}
    hops = json.loads(trip.read_text()) if trip.exists() else []
    pathlib.Path(output).write_text(page(table.read(folder), laboratories, hops))


if __name__ == "__main__":
    main(*sys.argv[1:])
