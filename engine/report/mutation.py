"""What became of the mutants of the policies: scores by regulation and file, survivors, and all of it for programs."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, TextIO

from engine.base.version import FORMAT
from engine.base.words import words
from engine.proof.mutants import Mutant
from engine.proof.mutation_run import Mutated, Score, score_of, scores
from engine.report.document import Chapter, Document, Entry, Table, write_documents

WORDS = words("mutation")
STEPS = words("mutation", "steps")
_PLAIN = re.compile(r"[a-z][a-z_]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Texts that YAML reads as they are: names, and days, which the tests write without quotes."""
_WORDS_OF_YAML = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
FATES = ("killed", "survived", "equivalent", "invalid")


def write_mutation(mutated: Sequence[Mutated], form: str, language: str, stream: TextIO) -> None:
    """Writes a report; `form` is text, json or html, which needs the extra `html`."""
    if form == "json":
        json.dump(_as_data(mutated, language), stream, ensure_ascii=False, indent=2)
        stream.write("\n")
        return
    write_documents([as_document(mutated, language)], form, language, stream)


def as_document(mutated: Sequence[Mutated], language: str) -> Document:
    """The scores, and every mutant that survived with what would kill it."""
    whole = score_of(mutated)
    head = [WORDS[key][language] for key in ("regulation", *FATES, "score")]
    rows = [_row(score) for score in _both_scores(mutated)]
    survivors = [_survivor(item, language) for item in mutated if item.verdict.fate == "survived"]
    chapters = [Chapter(WORDS["survivors"][language], survivors)] if survivors else []
    counts = {fate: getattr(whole, fate) for fate in FATES}
    summary = WORDS["summary"][language].format(total=len(mutated), percent=f"{whole.percent:g}", **counts)
    return Document(WORDS["title"][language], summary, Table(head, rows), chapters, closing=True)


def sentence(mutant: Mutant, language: str) -> str:
    """What a mutant changes, in one sentence."""
    return STEPS[mutant.step.key][language].format(**dict(mutant.step.arguments))


def _both_scores(mutated: Sequence[Mutated]) -> Iterator[Score]:
    """The score of each regulation, followed by those of its files."""
    for score in scores(mutated, lambda item: item.regulation):
        yield score
        of_it = [item for item in mutated if item.regulation == score.name]
        yield from scores(of_it, lambda item: item.mutant.location.file)


def _row(score: Score) -> list[str]:
    return [score.name, *(str(getattr(score, fate)) for fate in FATES), f"{score.percent:g}"]


def _survivor(item: Mutated, language: str) -> Entry:
    mutant, killing = item.mutant, item.verdict.killing
    headline = f"{mutant.location}: {sentence(mutant, language)}"
    if killing is None:
        return Entry(headline, [WORDS["no_test"][language]], mutant.about)
    return Entry(headline, [WORDS["killing"][language], *test_lines(item)], mutant.about)


def test_lines(item: Mutated) -> list[str]:
    """The test that would kill a survivor, as the lines of YAML that a `*.test.yaml` file takes."""
    names = {
        spoken: WORDS["test_name"][spoken].format(about=item.mutant.about, sentence=sentence(item.mutant, spoken))
        for spoken in ("vi", "en")
    }
    killing = item.verdict.killing or {}
    return [
        "- name:",
        *(f"    {spoken}: {json.dumps(name, ensure_ascii=False)}" for spoken, name in names.items()),
        *(f"  {key}: {_flow(killing[key])}" for key in killing),
    ]


def _flow(value: object) -> str:
    """A plain value in the flow style of YAML."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case str() if _PLAIN.fullmatch(value) and value not in _WORDS_OF_YAML:
            return value
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value)


def _as_data(mutated: Sequence[Mutated], language: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "score": _score(score_of(mutated)),
        "regulations": [_score(score) for score in scores(mutated, lambda item: item.regulation)],
        "files": [_score(score) for score in scores(mutated, lambda item: item.mutant.location.file)],
        "mutants": [_mutant(item, language) for item in mutated],
    }


def _score(score: Score) -> dict[str, Any]:
    return {**asdict(score), "percent": score.percent}


def _mutant(item: Mutated, language: str) -> dict[str, Any]:
    place, test = item.mutant.location, item.verdict.test
    return {
        "regulation": item.regulation,
        "about": item.mutant.about,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "step": item.mutant.step.key,
        **dict(item.mutant.step.arguments),
        "sentence": sentence(item.mutant, language),
        "fate": item.verdict.fate,
        "killing_test": None if item.verdict.killing is None else "\n".join(test_lines(item)),
        "killed_by": None if test is None else {"name": test[0][language], "file": test[1].file, "line": test[1].line},
    }
