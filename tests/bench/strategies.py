"""Which strategy of fork costs what in every row that forks: a run of the benchmark for each, chosen for the whole system.

    strategies.py FOLDER OUTPUT.md    reads FOLDER/strategy-NAME.txt

The best of each row is bold. Status 1 unless `auto` is, in each row, as good as the best one or within TIE of it. In rows
that begin after the fork, `frames` is left out: it has paid for them in the fork.
"""

import pathlib
import sys

import raw

NAMES = ("auto", "tree", "nodes", "entries", "frames")
TIE = 0.05
AFTER_THE_FORK = ("write_after_fork", "huge_write_after_fork", "cow_fault", "cow_reuse")


def table(costs):
    """costs: {strategy: {key: value}}. The table, and the rows in which auto is not as good as the best: (key, part by which it is worse)."""
    lines = ["| what | | " + " | ".join(NAMES) + " |", "|---|---|" + "--:|" * len(NAMES)]
    lost = []
    for key in costs["auto"]:
        values = [costs[name].get(key) for name in NAMES]
        compared = values[:-1] if key[0] in AFTER_THE_FORK else values
        best = min(value for value in compared if value)
        cells = ["-" if value is None else f"**{value:,}**" if value == best and value in compared else f"{value:,}" for value in values]
        lines.append(f"| {key[0]} | {key[1]} | " + " | ".join(cells) + " |")
        if values[0] > best * (1 + TIE):
            lost.append((key, values[0] / best - 1))
    return "\n".join(lines) + "\n", lost


def forks(key):
    """Rows whose cost can depend on how fork copies. One that chooses for itself says nothing here."""
    return not key[0].startswith(("boot", "count_", "fork_by", "bytes_image", "huge_first_touch"))


def main(folder, output):
    costs = {}
    for name in NAMES:
        rows = raw.rows([pathlib.Path(folder) / f"strategy-{name}.txt"])
        costs[name] = {key: value for key, value in rows.items() if forks(key)}
    text, lost = table(costs)
    with open(output, "w") as file:
        file.write(text)
    print(text, end="")
    for key, part in lost:
        print(f"auto is {100 * part:.1f} % dearer than the best in {' '.join(key)}")
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
