"""Reads what the benchmarks print: `bench ROW PARAM VALUE` and `count ROW PARAM NAME VALUE` lines, and forklab's CSV."""

import csv

SYSTEMS = ("linux", "mono", "micro")
TITLES = {"linux": "Linux", "mono": "Tine mono", "micro": "Tine micro"}


def lines(path):
    with open(path, errors="replace") as file:
        return file.read().split("\n")


def rows(paths):
    """{(row, parameter): value} of the bench lines in these consoles; n/a rows are left out."""
    fields = (line.split() for path in paths for line in lines(path) if line.startswith("bench "))
    return {(f[1], f[2]): int(f[3]) for f in fields if len(f) == 4 and f[3].isdigit()}


def counts(path):
    """{(row, parameter): {counter: mean}} of the count lines."""
    found = {}
    for line in lines(path):
        fields = line.split()
        if line.startswith("count ") and len(fields) == 5:
            found.setdefault((fields[1], fields[2]), {})[fields[3]] = float(fields[4])
    return found


def forklab(path):
    """forklab's records as dictionaries, with whole numbers where they are numbers."""
    console = lines(path)
    start = next((i for i, line in enumerate(console) if line.startswith("experiment,")), len(console))
    table = [line for line in console[start:] if line.count(",") == 5]
    return [{**r, "parameter": int(r["parameter"]), "value": int(r["value"])} for r in csv.DictReader(table)]


def series(records, experiment, metric, strategy):
    """[(parameter, value)] of one experiment's metric under one strategy."""
    return [
        (r["parameter"], r["value"])
        for r in records
        if (r["experiment"], r["metric"], r["strategy"]) == (experiment, metric, strategy)
    ]
