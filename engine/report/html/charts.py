"""Numbers -> bars as static SVG, drawn by pygal, for a page that gives the words and figures beside them as text.

Of what pygal draws the bars and the axis are kept. Its styles, its script, its ids made at random and the day of
drawing are left out: the page colours the bars itself, in light, dark and print, under a policy that lets nothing else
run or style; and the same numbers give the same bytes.
"""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

WIDTH = 320
BAR = 20
AXIS = 18
LABEL_ROOM = 48
"""How far apart two labels of the axis must be so that neither covers the other."""


def bar(parts: Sequence[tuple[str, int]], longest: int, says: str, mark: tuple[int, str] | None = None) -> str:
    """One bar of parts laid end to end, on a scale from 0 to `longest`, as an `<svg>`.

    A part is (CSS class, number). `says` is what a screen reader says; "" hides the picture from it, where the same
    figures stand beside it. `mark` is a place on the scale with its name; with it an axis is drawn.
    """
    import pygal

    longest = max(longest, 1)
    labels = [] if mark is None else _labels(longest, mark)
    scale: list[Any] = [{"value": value, "label": label} for value, label in labels] or [0, longest]
    chart = pygal.HorizontalStackedBar(
        js=(),
        css=(),
        margin=0,
        width=WIDTH,
        height=BAR + AXIS,
        range=(0, longest),
        show_legend=False,
        x_labels=[],
        y_labels=scale,
    )
    for _name, number in parts:
        chart.add("", [number])
    return _plain(chart.render_tree(), [name for name, _ in parts], says, mark, dict(labels))


def _labels(longest: int, mark: tuple[int, str]) -> list[tuple[int, str]]:
    """The labels of the axis: the mark's, and of both ends those that it leaves room for."""
    ends = [end for end in (0, longest) if abs(end - mark[0]) * WIDTH > LABEL_ROOM * longest]
    return sorted([(end, str(end)) for end in ends] + [mark])


def _plain(drawn: Any, classes: Sequence[str], says: str, mark: tuple[int, str] | None, labels: dict[int, str]) -> str:
    plot = next(one for one in drawn.iter() if _is(one, "g", "plot"))
    guides = [one for one in plot.iter() if _is(one, "g", "guides")]
    rectangles = [one for one in plot.iter() if _is(one, "rect", "reactive")]
    # The scale starts a little right of the edge; the picture is cut there, so that every bar starts at the margin.
    left = min(float(one.get("x")) for one in rectangles)
    attributes = {
        "class": "bar axis" if mark else "bar",
        "viewBox": f"{_short(left)} 0 {_short(WIDTH - 2 * left)} {BAR + AXIS if mark else BAR}",
    }
    if not mark:
        attributes["preserveAspectRatio"] = "none"
    attributes |= {"role": "img", "aria-label": says} if says else {"aria-hidden": "true"}
    svg = ElementTree.Element("svg", attributes)
    for rectangle, name in zip(rectangles, classes, strict=True):
        if float(rectangle.get("width") or 0) > 0:
            place = {key: _short(float(rectangle.get(key))) for key in ("x", "y", "width", "height")}
            ElementTree.SubElement(svg, "rect", {"class": name, **place})
    for (value, label), guide in zip(sorted(labels.items()), guides, strict=bool(labels)):
        x = float(guide.find("text").get("x"))
        name = "mark" if mark and value == mark[0] else "tick"
        ElementTree.SubElement(svg, "path", {"class": name, "d": guide.find("path").get("d")})
        anchor = "start" if x < WIDTH / 8 else "end" if x > WIDTH * 7 / 8 else "middle"
        text = {"class": name, "x": _short(x), "y": str(BAR + AXIS - 4), "text-anchor": anchor}
        ElementTree.SubElement(svg, "text", text).text = label
    return ElementTree.tostring(svg, encoding="unicode", short_empty_elements=False)


def _is(element: Any, tag: str, name: str) -> bool:
    return element.tag == tag and name in (element.get("class") or "").split()


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
