"""The draft of an entry of the rule changelog, as Markdown."""

from collections.abc import Iterator
from datetime import date

from engine.base.words import words
from engine.report.diff import SECTIONS, Telling, section_of, telling
from engine.report.words import Words
from engine.versions.changelog import Entry
from engine.versions.comparison import Difference

SAYS = words("changelog")


def as_entry(one: Entry, day: date, language: str) -> str:
    """One entry: a heading with the day, what kind of change it is, the periods, the files, and each difference."""
    words = Words(language, {})

    def say(key: str, **arguments: object) -> str:
        return SAYS[key][language].format(**arguments)

    there = one.new or one.old
    assert there is not None
    periods = [
        say("between", first=words.day(first), last=words.day(last)) if last else say("since", first=words.day(first))
        for first, last in one.periods
    ]
    lines = [f"## {words.day(day)} – {there.regulation.id}", ""]
    details: list[str] = []
    if one.old is None or one.new is None:
        kind = say("come" if one.old is None else "gone")
    else:
        by = telling(one.old, one.new, language)
        kind = by.kinds(one.differences)
        details = [f"  - {line}" for line in _details(by, one.differences)]
    lines.append(f"- {say('kind')}: {kind}.")
    lines.append(f"- {say('periods')}: {'; '.join(periods) or say('nobody')}.")
    lines.append(f"- {say('files')}: {', '.join(f'`{name}`' for name in one.files) or say('no_file')}.")
    if details:
        lines += [f"- {say('details')}:", *details]
    return "\n".join(lines) + "\n"


def _details(by: Telling, found: tuple[Difference, ...]) -> Iterator[str]:
    """One line a difference: under which heading it stands, what it is, and its numbers old to new."""
    for one in sorted(found, key=lambda one: SECTIONS.index(section_of(one))):
        entry = by.entry(one)
        numbers = (
            "; ".join(by.details(one)) if one.what in ("parameter", "quota", "regulation", "interpretation") else ""
        )
        yield f"{by.say(section_of(one))}: {entry.headline} (`{entry.names}`){': ' + numbers if numbers else ''}"
