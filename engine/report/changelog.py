"""The draft of an entry of the rule changelog, as Markdown."""

from collections.abc import Iterator, Sequence
from datetime import date

from engine.base.words import words
from engine.report.diff import SECTIONS, Telling, details, headline, kinds, names, section_of, telling
from engine.report.words import Words
from engine.versions.changelog import Entry
from engine.versions.comparison import Difference

WORDS = words("changelog")
DETAILED = ("parameter", "quota", "regulation", "interpretation")
"""What is told with its numbers."""


def as_entry(entry: Entry, day: date, language: str) -> str:
    """One entry: a heading with the day, what kind of change it is, the periods, the files, and each difference."""
    words = Words(language, {})

    def say(key: str, **arguments: object) -> str:
        return WORDS[key][language].format(**arguments)

    version = entry.new or entry.old
    assert version is not None
    periods = [
        say("between", first=words.day(first), last=words.day(last)) if last else say("since", first=words.day(first))
        for first, last in entry.periods
    ]
    lines: list[str] = []
    if entry.old is None or entry.new is None:
        kind = say("come" if entry.old is None else "gone")
    else:
        both = telling(entry.old, entry.new, language)
        kind = kinds(both, entry.differences)
        lines = [f"  - {line}" for line in _lines(both, entry.differences)]
    return "\n".join([
        f"## {words.day(day)} – {version.regulation.id}",
        "",
        f"- {say('kind')}: {kind}.",
        f"- {say('periods')}: {'; '.join(periods) or say('nobody')}.",
        f"- {say('files')}: {', '.join(f'`{name}`' for name in entry.files) or say('no_file')}.",
        *([f"- {say('details')}:", *lines] if lines else []),
    ]) + "\n"  # fmt: skip


def _lines(telling: Telling, differences: Sequence[Difference]) -> Iterator[str]:
    """One line a difference: under which heading it stands, what it is, and its numbers old to new."""
    for difference in sorted(differences, key=lambda difference: SECTIONS.index(section_of(difference))):
        numbers = "; ".join(details(telling, difference)) if difference.what in DETAILED else ""
        line = f"{telling.say(section_of(difference))}: {headline(telling, difference)} (`{names(difference)}`)"
        yield f"{line}: {numbers}" if numbers else line
