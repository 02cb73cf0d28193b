"""Forms that change rules: what a person filled in -> an edit of a policy file, or what is wrong with each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from engine.base.words import words
from engine.core.policy.regulation import Parameter
from engine.core.policy.rules import SET_OPERATORS, Operator
from engine.core.policy.terms import Fact, Text
from engine.core.policy.values import Misfit
from engine.editor.edits import DatedValueAdded, ItemAdded
from engine.load.cases.answers import Unreadable, cleaned, day, members, plain_answer
from engine.report.interview import PHRASES
from engine.serve.studio.rule_views import Place, id_from, takes_several

TEXTS = words("rules_page", "form")
STATUSES = ("stated", "reported", "inferred", "assumed")


@dataclass
class Faults:
    """What is wrong with a form, by its fields, in the language of the page."""

    language: str
    by_field: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, key: str) -> None:
        """Notes a fault of a field in the words of this form."""
        self.by_field.setdefault(name, TEXTS[key][self.language])


def text_field(form: FormData, name: str, faults: Faults, *, needed: bool = True) -> str:
    """A line of text, cleaned. A needed field that is empty is a fault."""
    value = form.get(name)
    text = cleaned(value) if isinstance(value, str) else ""
    if needed and not text:
        faults.add(name, "needed")
    return text


def dated_value(form: FormData, parameter: Parameter, faults: Faults) -> DatedValueAdded | None:
    """The value that a parameter has from a day on; None if something is wrong."""
    since = _day(form, "since", faults)
    value = _value(form, "value", Fact(parameter.id, parameter.type, parameter.label, unit=parameter.unit), faults)
    source = source_of(form, faults)
    if since is not None and any(known.since == since for known in parameter.values):
        faults.add("since", "day_taken")
    if faults.by_field or since is None:
        return None
    return DatedValueAdded(parameter.id, since, value, source)


def source_of(form: FormData, faults: Faults) -> dict[str, Any]:
    """The source that a person gives: document, place, status, and the words quoted or a note in both languages."""
    source: dict[str, Any] = {
        "document": text_field(form, "document", faults),
        "locator": text_field(form, "locator", faults),
        "status": text_field(form, "status", faults),
    }
    if source["status"] not in STATUSES:
        faults.add("status", "needed")
    cite, quote = (text_field(form, name, faults, needed=False) for name in ("cite", "quote"))
    if cite:
        source["cite"] = cite
    if quote:
        source["quote"] = quote
    note = {name: text_field(form, f"note_{name}", faults, needed=False) for name in ("vi", "en")}
    if any(note.values()):
        for name, text in note.items():
            if not text:
                faults.add(f"note_{name}", "both_languages")
        source["note"] = note
    return source


def new_rule(
    form: FormData, place: Place, facts: Mapping[str, Fact], used_ids: list[str], faults: Faults
) -> ItemAdded | None:
    """A further rule of a list; None if something is wrong. A content of a review needs no condition."""
    label = {name: text_field(form, f"label_{name}", faults) for name in ("vi", "en")}
    item: dict[str, Any] = {"id": id_from(label["en"] or label["vi"], used_ids), "label": label}
    fact = facts.get(text_field(form, "fact", faults, needed=place.role != "review_content"))
    if fact is not None:
        item["when"] = _condition(form, fact, faults)
    elif place.role != "review_content":
        faults.add("fact", "needed")
    item["source"] = source_of(form, faults)
    return None if faults.by_field else ItemAdded(place.path, item)


def _condition(form: FormData, fact: Fact, faults: Faults) -> dict[str, Any]:
    chosen = text_field(form, "operator", faults)
    operator: Operator = chosen  # type: ignore[assignment]
    if takes_several(operator) or (operator in SET_OPERATORS and fact.options):
        wanted = [value for value in form.getlist("value") if isinstance(value, str)]
        try:
            names = members(";".join(wanted), fact.options)
        except Unreadable:
            names = []
        if not names:
            faults.add("value", "needed")
        return {"fact": fact.name, chosen: names if takes_several(operator) else names[:1][0] if names else ""}
    return {"fact": fact.name, chosen: _value(form, "value", fact, faults)}


def _day(form: FormData, name: str, faults: Faults) -> date | None:
    text = text_field(form, name, faults)
    try:
        return date.fromisoformat(day(text, faults.language)) if text else None
    except Unreadable as unreadable:
        _unreadable(name, unreadable, faults)
        return None


def _value(form: FormData, name: str, fact: Fact, faults: Faults) -> Any:
    text = text_field(form, name, faults)
    if not text:
        return None
    try:
        return plain_answer(text, fact, faults.language)
    except Unreadable as unreadable:
        _unreadable(name, unreadable, faults)
    except Misfit:
        faults.add(name, "out_of_bounds")
    return None


def _unreadable(name: str, unreadable: Unreadable, faults: Faults) -> None:
    complaint = PHRASES[unreadable.complaint][faults.language].format(**unreadable.arguments)
    faults.by_field.setdefault(name, complaint)


def labels(form: FormData, faults: Faults) -> Text:
    """A label in both languages."""
    return Text(text_field(form, "label_vi", faults), text_field(form, "label_en", faults))
