"""Numbers -> bars as static SVG, for a page that gives the words and figures beside them as text.

A bar has no style, script or id of its own: the page colours it, in light, dark and print, under a policy that lets
nothing else run or style; and the same numbers give the same bytes.
"""

from collections.abc import Sequence
from xml.etree import ElementTree

WIDTH = 320
MARGIN = WIDTH / 52
BAR = 20
TOP, THICKNESS = 18 / 13, 18 * 11 / 13
AXIS = 18
LABEL_ROOM = 48
"""How far apart two labels of the axis must be so that neither covers the other."""


def bar(parts: Sequence[tuple[str, int]], longest: int, says: str, mark: tuple[int, str] | None = None) -> str:
    """One bar of parts laid end to end, on a scale from 0 to `longest`, as an `<svg>`.

    A part is (CSS class, number). `says` is what a screen reader says; "" hides the picture from it, if the same
    figures stand beside it as text. `mark` is a place on the scale with its name; with it an axis is drawn.
    """
    longest = max(longest, 1)
    unit = (WIDTH - 2 * MARGIN) / longest
    attributes = {
        "class": "bar axis" if mark else "bar",
        "viewBox": f"{_short(MARGIN)} 0 {_short(WIDTH - 2 * MARGIN)} {BAR + AXIS if mark else BAR}",
    }
    if not mark:
        attributes["preserveAspectRatio"] = "none"
    attributes |= {"role": "img", "aria-label": says} if says else {"aria-hidden": "true"}
    svg = ElementTree.Element("svg", attributes)
    before = 0
    for name, number in parts:
        if number > 0:
            place = {"x": MARGIN + before * unit, "y": TOP, "width": number * unit, "height": THICKNESS}
            ElementTree.SubElement(svg, "rect", {"class": name, **{key: _short(size) for key, size in place.items()}})
        before += number
    for value, label in [] if mark is None else _labels(longest, mark):
        x = MARGIN + value * unit
        name = "mark" if mark and value == mark[0] else "tick"
        ElementTree.SubElement(svg, "path", {"class": name, "d": f"M{x:.6f} 0.000000 v{AXIS:.6f}"})
        anchor = "start" if x < WIDTH / 8 else "end" if x > WIDTH * 7 / 8 else "middle"
        text = {"class": name, "x": _short(x), "y": str(BAR + AXIS - 4), "text-anchor": anchor}
        ElementTree.SubElement(svg, "text", text).text = label
    return ElementTree.tostring(svg, encoding="unicode", short_empty_elements=False)


def _labels(longest: int, mark: tuple[int, str]) -> list[tuple[int, str]]:
    """The labels of the axis: the mark's, and of both ends those that it leaves room for."""
    ends = [end for end in (0, longest) if abs(end - mark[0]) * WIDTH > LABEL_ROOM * longest]
    return sorted([(end, str(end)) for end in ends] + [mark])


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
