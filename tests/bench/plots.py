"""Writes the columns that plots.gp draws, from forklab's consoles in a folder.

    plots.py FOLDER
"""

import pathlib
import sys

import raw

# Title of the line, system, strategy. Both placements in Tine's own choice, micro under each strategy.
LINES = [("Linux", "linux", "-"), ("Tine micro", "micro", "auto"), ("Tine mono", "mono", "auto")]
LINES += [(f"micro, {name}", "micro", name) for name in ("frames", "entries", "nodes", "tree")]
PLOTS = [("size", "fork"), ("size", "fork_exit_wait"), ("written", "fork_and_write"), ("regions", "fork"), ("threads", "fork")]
MIB = 1 << 20
# Where a logarithmic axis shows what has nothing resident.
NOTHING = 0.25


def position(experiment, parameter):
    return (parameter / MIB or NOTHING) if experiment == "size" else parameter


def columns(laboratories, experiment, metric):
    """The text of a .dat file: a heading, then a row per parameter, `-` for what was not measured."""
    lines = [(title, dict(raw.series(laboratories.get(system, []), experiment, metric, strategy)))
             for title, system, strategy in LINES]
    lines = [(title, points) for title, points in lines if points]
    text = " ".join(["x"] + [f'"{title}"' for title, _ in lines]) + "\n"
    for parameter in sorted({x for _, points in lines for x in points}):
        cells = [f"{position(experiment, parameter):g}"] + [str(points.get(parameter, "-")) for _, points in lines]
        text += " ".join(cells) + "\n"
    return text


def main(folder):
    folder = pathlib.Path(folder)
    files = {name: folder / f"forklab-{name}.txt" for name in raw.SYSTEMS}
    laboratories = {name: raw.forklab(path) for name, path in files.items() if path.exists()}
    for experiment, metric in PLOTS:
        (folder / f"{experiment}_{metric}.dat").write_text(columns(laboratories, experiment, metric))


if __name__ == "__main__":
    main(*sys.argv[1:])
