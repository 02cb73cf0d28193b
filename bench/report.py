"""Results -> tables and charts: medians, spreads, ratios and memory, on standard output and into `bench/README.md`."""

import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pygal
from pygal.style import Style

from bench.commands import COLD, VERBS
from bench.peers import PEERS

BASES = {"file": "population", "alone": "matcher"}
"""The peer that the others' times are divided by."""
TITLES = {
    "file": "File to file: from the start of the process to the last byte written",
    "alone": "Evaluation alone: cases in memory, as the peer wants them, to answers in memory",
}
PACKAGES = (
    "durable-rules", "duckdb", "zen-engine", "gordon-to-regorus", "clipspy", "openfisca-core", "polars", "msgspec",
)  # fmt: skip
LIMITS = ("limit", "scan", "copy")
SERVICE = {"xeploai": "xeploai serve: whole records", "zen": "zen-engine behind FastAPI: masks"}
COLOURS = {
    "population": "#0b3d91", "spark": "#3a0ca3", "unrefereed": "#4f7fd6", "rules": "#1a76d2",
    "evaluate": "#b5179e", "decide": "#7209b7", "matcher": "#f72585",
    "naive": "#8d6e63", "zen_expressions": "#e09f3e", "zen_batch": "#d97706", "zen_graph": "#9e2a2b",
    "rego": "#2a9d8f", "clips": "#6a994e", "openfisca": "#00b4d8", "polars": "#e63946", "python": "#111111",
    "limit": "#888888", "scan": "#aaaaaa", "copy": "#666666",
}  # fmt: skip
"""Of their lines; those of the limits are dashed."""
_MARKS = ("<!-- results -->", "<!-- end of results -->")


@dataclass(frozen=True)
class Found:
    """All runs of one cell, round by round; `beyond` is the limit, in seconds, that it did not keep."""

    seconds: tuple[float, ...]
    processor: tuple[float, ...]
    megabytes: float
    written: float | None
    """Bytes a case."""
    beyond: float | None
    load: float
    """The load average of the machine after the busiest run."""
    at: frozenset[str]
    """The commits that were measured."""
    lines: tuple[dict[str, Any], ...] = ()
    """All that was kept of it."""

    @property
    def middle(self) -> float | None:
        return median(self.seconds) if self.seconds and self.beyond is None else None


Key = tuple[str, str, int, int]
"""mode, peer, cases, rules."""


def read(path: Path) -> dict[Key, Found]:
    lines: dict[Key, list[dict[str, Any]]] = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        lines.setdefault((line["mode"], line["peer"], line["cases"], line["rules"]), []).append(line)
    return {
        key: Found(
            tuple(line["seconds"] for line in found if "seconds" in line),
            tuple(line["processor"] for line in found if "processor" in line),
            max((line.get("megabytes", 0.0) for line in found), default=0.0),
            next((line["written"] / key[2] for line in found if "written" in line), None),
            next((line["beyond"] for line in found if "beyond" in line), None),
            max(line["load"] for line in found),
            frozenset(line["at"] for line in found if "at" in line),
            tuple(found),
        )
        for key, found in lines.items()
    }


def tables(results: dict[Key, Found]) -> Iterator[str]:
    """Markdown: cold starts; by cases and by rules, for each mode; then memory."""
    if any(mode == "cold" for mode, *_ in results):
        yield "### One case, from a cold start\n\nSeconds.\n"
        rows = []
        for name, (label, _, base) in COLD.items():
            found = results.get(("cold", name, 1, 0))
            if found:
                rows.append([label, _cell(found, results.get(("cold", base, 1, 0)))])
        yield _markdown(["", ""], rows)
    yield from _verbs(results)
    yield from _service(results)
    for mode in ("file", "alone"):
        sizes = sorted({cases for at, _, cases, rules in results if at == mode and not rules})
        if sizes:
            yield f"### {TITLES[mode]}\n\nSeconds, by the number of cases.\n"
            yield _table(results, mode, [(cases, 0) for cases in sizes], [f"{cases:,}" for cases in sizes])
            if mode == "alone":
                yield from _processor(results, sizes[-1])
        grown = sorted({(cases, rules) for at, _, cases, rules in results if at == mode and rules})
        if grown:
            yield f"### {TITLES[mode].partition(':')[0]}, as rules grow\n\nSeconds for generated rules.\n"
            heads = [f"{rules} rules, {cases:,} cases" for cases, rules in grown]
            yield _table(results, mode, grown, heads)
    sizes = sorted({cases for at, _, cases, rules in results if at == "file" and not rules})
    if sizes:
        yield "### Peak memory, file to file\n\nMegabytes, of all processes of a peer together.\n"
        rows = []
        for peer in PEERS:
            found = [results.get(("file", peer, cases, 0)) for cases in sizes]
            if any(found):
                rows.append(
                    [PEERS[peer].label, *(f"{one.megabytes:.0f}" if one and one.middle else "" for one in found)]
                )
        yield _markdown(["", *(f"{cases:,}" for cases in sizes)], rows)


def _verbs(results: dict[Key, Found]) -> Iterator[str]:
    """What a person waits for, by the clock and by all processors together."""
    places = {name: ("verbs", name, 1, 0) for name in VERBS}
    rows = [
        [VERBS[name][0], _cell(found, None), _short(median(found.processor))]
        for name, place in places.items()
        if (found := results.get(place)) and found.middle
    ]
    if rows:
        yield "### What a person waits for\n\nSeconds by the clock, and of all processors together.\n"
        yield _markdown(["", "by the clock", "of processors"], rows)


def _service(results: dict[Key, Found]) -> Iterator[str]:
    """One case a request over HTTP, by the number of clients."""
    found = {key: results[key] for key in sorted(results, key=lambda key: (key[2], key[1])) if key[0] == "service"}
    rows = []
    for (_, peer, clients, _), one in found.items():
        requests, p50 = (median(line[name] for line in one.lines) for name in ("requests", "p50"))
        times = (p50, median(one.seconds), median(one.processor))
        rows.append([SERVICE[peer], str(clients), f"{requests:.0f}", *(_short(each * 1e3) for each in times)])
    if rows:
        yield "### The service: one case a request over HTTP\n"
        yield "Times in milliseconds; that of processors is a request's.\n"
        yield _markdown(["", "clients", "requests a second", "p50", "p99", "of processors"], rows)


def _processor(results: dict[Key, Found], cases: int) -> Iterator[str]:
    """How long processors were at work, which one that others use too disturbs less."""
    places = [("alone", peer, cases, 0) for peer in PEERS]
    found = {place[1]: results[place] for place in places if place in results and results[place].processor}
    if found:
        yield "Time of all processors together, in microseconds a case, by the number of cases.\n"
        base = found.get(BASES["alone"])
        each = 1e6 / cases
        rows = []
        for peer, one in found.items():
            text = _short(median(one.processor) * each)
            if base is not None and base is not one:
                text += f" ({_short(_ratio(one.processor, base.processor))}×)"
            rows.append([PEERS[peer].label, PEERS[peer].gives, text])
        yield _markdown(["", "Gives", f"{cases:,}"], rows, texts=2)


def _table(results: dict[Key, Found], mode: str, columns: Sequence[tuple[int, int]], heads: Sequence[str]) -> str:
    rows = []
    sized = any(at == mode and found.written for (at, *_), found in results.items())
    for peer, about in PEERS.items():
        cells = [results.get((mode, peer, cases, rules)) for cases, rules in columns]
        if not any(cells):
            continue
        bases = [results.get((mode, BASES[mode], cases, rules)) for cases, rules in columns]
        what = [about.label, about.gives if mode == "alone" else about.writes]
        if sized:
            written = [cell.written for cell in cells if cell and cell.written]
            what.append(f"{written[-1]:,.0f}" if written else "")
        rows.append([*what, *(_cell(cell, base) for cell, base in zip(cells, bases, strict=True))])
    first = ["", "Gives" if mode == "alone" else "Writes", *(["bytes a case"] if sized else [])]
    return _markdown([*first, *heads], rows, texts=2)


def _cell(found: Found | None, base: Found | None) -> str:
    """The median, how far the runs lie apart, and how many times the base's."""
    if found is None:
        return "too slow"
    if found.middle is None:
        return f"> {found.beyond:.0f}"
    text = _short(found.middle)
    if len(found.seconds) > 1:
        text += f" ±{(max(found.seconds) - min(found.seconds)) / 2 / found.middle * 100:.0f}%"
    if base is not None and base.middle and base is not found:
        text += f" ({_short(_ratio(found.seconds, base.seconds))}×)"
    return text if len(found.seconds) >= 5 else f"{text} [{len(found.seconds)}]"


def _ratio(times: Sequence[float], base: Sequence[float]) -> float:
    """The median of the ratios within a round: what disturbs a round disturbs both."""
    return median(one / other for one, other in zip(times, base, strict=False))


def _short(value: float) -> str:
    """Three figures, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else f"{value:.6f}".rstrip("0")


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A table whose first columns are texts, and the others figures."""
    lines = [heads, [*["---"] * texts, *["---:"] * (len(heads) - texts)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def chart(results: dict[Key, Found], title: str, places: Sequence[Key], labels: Sequence[str], unit: float = 1) -> str:
    """An SVG of one line a peer, both axes growing by factors; seconds a case times `unit`, or seconds in all."""
    lines: list[tuple[str, list[float | None]]] = []
    for peer in PEERS:
        found = [results.get((mode, peer, cases, rules)) for mode, _, cases, rules in places]
        scales = [unit / cases if unit != 1 else 1 for _, _, cases, _ in places]
        values = [one.middle * scale if one and one.middle else None for one, scale in zip(found, scales, strict=True)]
        if any(values):
            lines.append((peer, values))
    known = [value for _, values in lines for value in values if value]
    drawn = pygal.Line(
        logarithmic=True, width=1000, height=700, legend_at_bottom=True, legend_at_bottom_columns=2,
        title=title, js=(), no_prefix=True, truncate_legend=-1, disable_xml_declaration=True,
        style=Style(background="white", plot_background="white", colors=[COLOURS[peer] for peer, _ in lines]),
    )  # fmt: skip
    drawn.x_labels = list(labels)
    drawn.y_labels = [10.0**power for power in range(floor(log10(min(known))), ceil(log10(max(known))) + 1)]
    for peer, values in lines:
        drawn.add(PEERS[peer].label, values, stroke_style={"dasharray": "7, 5"} if peer in LIMITS else None)
    return str(drawn.render(is_unicode=True)) + "\n"


def charts(results: dict[Key, Found]) -> Iterator[tuple[str, str]]:
    """(file name, SVG)."""
    for mode, name in (("file", "file-to-file"), ("alone", "evaluation-alone")):
        sizes = sorted({cases for at, _, cases, rules in results if at == mode and not rules})
        if len(sizes) > 1:
            places = [(mode, "", cases, 0) for cases in sizes]
            title = f"{TITLES[mode].partition(':')[0]}: seconds, by cases"
            yield f"{name}.svg", chart(results, title, places, [f"{cases:,}" for cases in sizes])
    grown = sorted({(cases, rules) for at, _, cases, rules in results if at == "alone" and rules})
    if len(grown) > 1:
        places = [("alone", "", cases, rules) for cases, rules in grown]
        title = "Evaluation alone: microseconds a case, by rules"
        labels = [str(rules) for _, rules in grown]
        yield "rules.svg", chart(results, title, places, labels, 1e6)


def machine() -> str:
    """What it was measured on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (found := re.search(r"model name\s*:\s*(.+)", cpuinfo.read_text())):
        model = found[1]
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()}; "
        f"Python {platform.python_version()}; {versions}.\n"
    )


def report(path: Path, readme: Path | None = None) -> None:
    """Prints the tables, puts the charts beside the results, and, where given, both beside and into the README."""
    results = read(path)
    load = median(one.load for one in results.values()) if results else 0
    commits = sorted(set().union(*(one.at for one in results.values())))
    about = f"Load average while it was measured (median): {load:.1f}."
    about += f" Measured at {', '.join(commits)} (+: with changes)." if commits else ""
    text = "\n".join([machine(), f"{about}\n", *tables(results)])
    print(text)
    drawn = list(charts(results))
    for name, svg in drawn:
        (path.parent / name).write_text(svg, encoding="utf-8")
        print(path.parent / name)
    if readme is not None:
        for name, svg in drawn:
            (readme.parent / name).write_text(svg, encoding="utf-8")
        images = "\n".join(f"![{name.partition('.')[0]}]({name})\n" for name, _ in drawn)
        before, _, rest = readme.read_text(encoding="utf-8").partition(_MARKS[0])
        after = rest.partition(_MARKS[1])[2]
        written = f"{before}{_MARKS[0]}\n\n{text}\n{images}\n{_MARKS[1]}{after}"
        readme.write_text(written, encoding="utf-8")
