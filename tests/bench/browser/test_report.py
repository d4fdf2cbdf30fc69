"""Looks at the report in a headless browser: it renders without a message on the console, fits a phone, is readable light
and dark, and its figures are those of the raw lines. What is looked at is build/bench/report.html."""

import html.parser
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import zlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/bench"))
import raw  # noqa: E402
import report  # noqa: E402
import table  # noqa: E402

FOLDER = ROOT / "build/bench"
PAGE = FOLDER / "report.html"


def browse(*arguments, page=PAGE):
    """Runs the browser on the page; (standard output, what pages said on the console)."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
               "--allow-file-access-from-files", "--enable-logging=stderr", "--virtual-time-budget=5000", "--timeout=60000"]
    done = subprocess.run([*command, *arguments, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.split("\n") if "CONSOLE" in line]


class Elements(html.parser.HTMLParser):
    """All elements of a page: (tag, attributes), and the words of those with data-value."""

    def __init__(self, text):
        super().__init__()
        self.found, self.words, self.open = [], {}, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.open = len(self.found) - 1

    def handle_data(self, data):
        self.words.setdefault(self.open, data.strip())


@pytest.fixture(scope="module")
def seen():
    document, console = browse("--dump-dom")
    return Elements(document), console


@pytest.fixture(scope="module")
def systems():
    return table.read(FOLDER)


def test_it_renders_without_a_message(seen):
    elements, console = seen
    assert console == []
    assert ("html", {"lang": "en", "data-ready": "yes"}) in elements.found, "the page's script did not come to its end"
    assert sum(tag == "svg" for tag, _ in elements.found) == 6


def test_a_message_would_be_seen(tmp_path):
    """The test before this one can fail."""
    bad = tmp_path / "bad.html"
    bad.write_text("<script>nothing.here()</script>")
    assert browse("--dump-dom", page=bad)[1] != []


def test_it_needs_no_network(seen):
    for tag, attributes in seen[0].found:
        assert not {"src", "href", "srcset"} & set(attributes), (tag, attributes)
    assert "url(" not in PAGE.read_text() and "@import" not in PAGE.read_text()


def test_each_row_is_that_of_the_raw_lines(seen, systems):
    elements = seen[0]
    shown = {name: {} for name in systems}
    for i, (tag, a) in enumerate(elements.found):
        if "data-row" in a:
            key, value = (a["data-row"], a["data-param"]), int(a["data-value"])
            assert systems[a["data-system"]][key] == value, (key, a)
            if tag == "td":
                shown[a["data-system"]][key] = int(elements.words[i].replace(",", ""))
    assert shown == systems


def test_each_point_is_that_of_forklab(seen):
    wanted = set()
    for metric in ("fork", "fork_exit_wait"):
        for title, _, system, strategy in report.LINES:
            wanted |= {(title, x, y) for x, y in raw.series(raw.forklab(FOLDER / f"forklab-{system}.txt"), "size", metric, strategy)}
    points, series = set(), None
    for tag, a in seen[0].found:
        series = a.get("data-series", series) if tag == "g" else series
        if tag == "circle":
            points.add((series, int(a["data-parameter"]), int(a["data-value"])))
    assert points == wanted and len(points) > 30


def test_the_timeline_is_that_of_the_trace(seen):
    hops = json.loads((ROOT / "build/trace/fork.json").read_text())
    spans = [a for tag, a in seen[0].found if tag == "rect"]
    assert len(spans) == 2 * (len(hops) - 1)  # for wide and for narrow screens
    assert sum(int(a["data-value"]) for a in spans) == 2 * (hops[-1]["count"] - hops[0]["count"])


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits(width, tmp_path):
    """Nothing but what scrolls by itself is wider than the screen."""
    frame = tmp_path / "frame.html"
    frame.write_text(f"""<iframe width="{width}" height="800" src="{PAGE.as_uri()}" onload="
        const page = this.contentDocument.documentElement;
        document.body.dataset.wide = page.scrollWidth; document.body.dataset.room = page.clientWidth"></iframe>""")
    body = next(a for tag, a in Elements(browse("--dump-dom", "--window-size=1400,900", page=frame)[0]).found if tag == "body")
    assert 0 < int(body["data-wide"]) <= int(body["data-room"])


def first_pixel(png):
    """Red, green and blue of the upper left corner."""
    at, pixels, colour = 8, b"", None
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IHDR":
            colour = png[at + 17]
        if kind == b"IDAT":
            pixels += png[at + 8 : at + 8 + length]
        at += 12 + length
    assert colour in (2, 6)
    return tuple(zlib.decompress(pixels)[1:4])


@pytest.mark.parametrize("dark", [False, True])
def test_light_and_dark(dark, tmp_path):
    picture = tmp_path / "picture.png"
    preference = ["--blink-settings=preferredColorScheme=" + ("0" if dark else "1")]
    browse(f"--screenshot={picture}", "--window-size=390,844", *preference)
    brightness = sum(first_pixel(picture.read_bytes())) / 3
    assert brightness < 60 if dark else brightness > 200
