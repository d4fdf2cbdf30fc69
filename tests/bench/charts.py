"""Charts as SVG text for the report: colours and fonts are the page's (CSS classes), so they follow its light and dark."""

import html
import math

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{html.escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def svg(width, height, parts, label, kind):
    body = "\n".join(parts)
    return (f'<svg viewBox="0 0 {width} {height}" class="{kind}" role="img" aria-label="{html.escape(label)}">'
            f"\n{body}\n</svg>")


class LogScale:
    """Positions of values on a logarithmic axis; what lies below it is at its beginning."""

    def __init__(self, low, high, start, end):
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value):
        part = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.start + part * (self.end - self.start)

    def decades(self):
        first = math.ceil(math.log10(self.low) - 1e-9)
        return [10**n for n in range(first, math.floor(math.log10(self.high) + 1e-9) + 1)]


def power(value):
    return "10" + str(round(math.log10(value))).translate(SUPERSCRIPTS)


# ---- lines on two logarithmic axes ------------------------------------------------------------------------------------


def spread(wanted, gap, low, high):
    """Positions as near as can be to those wanted (in rising order) with so much room between each two."""
    placed = []
    for y in wanted:
        placed.append(max(y, placed[-1] + gap) if placed else max(y, low))
    over = placed[-1] - high if placed else 0
    if over > 0:
        ceiling = high
        for i in range(len(placed) - 1, -1, -1):
            placed[i] = min(placed[i], ceiling)
            ceiling = placed[i] - gap
    return placed


def size_name(bytes_):
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB")):
        if bytes_ >= unit:
            return f"{bytes_ // unit} {name}"
    return "none" if bytes_ == 0 else str(bytes_)


def line_chart(lines, width, height, kind, label):
    """lines: [(title, class, [(bytes, instructions)])]."""
    left, right, top, bottom = 46, width - 118, 16, height - 44
    values = [y for _, _, points in lines for _, y in points]
    sizes = sorted({x for _, _, points in lines for x, _ in points})
    position = {x: left + 6 + i * (right - left - 12) / max(len(sizes) - 1, 1) for i, x in enumerate(sizes)}
    scale = LogScale(10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values))), bottom, top)
    parts = []
    for decade in scale.decades():
        parts += [line(left, scale(decade), right, scale(decade), "grid"),
                  text(left - 6, scale(decade) + 4, power(decade), "tick", "end")]
    for i, x in enumerate(sizes):
        if width > 500 or i % 2 == 0:
            parts.append(text(position[x], bottom + 18, size_name(x).replace(" ", "\u00a0"), "tick", "middle"))
    parts.append(text((left + right) / 2, height - 6, "resident memory of the parent", "axis", "middle"))
    parts += [drawn(title, style, points, position, scale) for title, style, points in lines]
    ends = sorted((scale(points[-1][1]), title, style, position[points[-1][0]]) for title, style, points in lines)
    for y, (_, title, style, _) in zip(spread([e[0] for e in ends], 15, top + 4, bottom), ends):
        parts.append(f'<g class="series {style}" data-series="{html.escape(title)}">{text(right + 8, y + 4, title, "name")}</g>')
    return svg(width, height, parts, label, kind)


def drawn(title, style, points, position, scale):
    path = " ".join(f"{'L' if i else 'M'}{position[x]:.1f} {scale(y):.1f}" for i, (x, y) in enumerate(points))
    dots = "".join(
        f'<circle cx="{position[x]:.1f}" cy="{scale(y):.1f}" r="4" data-parameter="{x}" data-value="{y}">'
        f"<title>{html.escape(title)}, {size_name(x)}: {y:,}</title></circle>"
        for x, y in points
    )
    return f'<g class="series {style}" data-series="{html.escape(title)}"><path d="{path}"/>{dots}</g>'


# ---- the timeline of a fork -------------------------------------------------------------------------------------------


def lanes_of(hops):
    """[(lane, begin, end, what)] of a trip: what executes between each hop and the next."""
    spans, inside = [], None
    for hop, following in zip(hops, hops[1:]):
        inside = hop if hop["kind"] == "trap" else None if hop["kind"] == "leave" else inside
        lane = "kernel" if inside else hop["who"]
        what = inside["text"] if inside else hop["text"] if hop["kind"] == "enter" else f"{hop['who']} runs"
        spans.append((lane, hop["count"] - hops[0]["count"], following["count"] - hops[0]["count"], what))
    return spans


def timeline(hops, width, kind):
    spans = lanes_of(hops)
    lanes = ["kernel", *dict.fromkeys(lane for lane, *_ in spans if lane != "kernel")]
    rank = {"proc": 1, "vfs": 2, "kernel": 3}
    lanes.sort(key=lambda lane: rank.get(lane, 0))
    total, left, right, row = spans[-1][2], 62, width - 10, 44
    height = row * len(lanes) + 44
    scale = lambda count: left + (right - left) * count / total
    parts = []
    for i, lane in enumerate(lanes):
        parts += [text(left - 8, 16 + i * row + 20, lane.split("[")[0], "name", "end"),
                  line(left, 10 + i * row + 34, right, 10 + i * row + 34, "grid")]
    for lane, begin, end, what in spans:
        y, wide = 12 + lanes.index(lane) * row, max(scale(end) - scale(begin), 1)
        parts.append(f'<rect x="{scale(begin):.1f}" y="{y}" width="{wide:.1f}" height="30" rx="2" class="lane-{lane.split("[")[0]}" '
                     f'data-begin="{begin}" data-value="{end - begin}"><title>{html.escape(what)}: {end - begin:,}</title></rect>')
        name = what.split("(")[0].split(" ")[0]
        if wide > 7.2 * len(name) + 6:
            parts.append(text(scale(begin) + 5, y + 19, name, "inside"))
    step = 10 ** math.floor(math.log10(total)) / (1 if width > 500 else 0.5)
    for count in range(0, total + 1, max(int(step / 4 if total / step < 3 else step), 1)):
        parts.append(text(scale(count), height - 14, f"{count:,}", "tick", "middle" if count else "start"))
    return svg(width, height, parts, "timeline of one fork", kind)
