"""Which form is the right one for a case, and why another is not."""

from collections.abc import Iterator, Mapping, Sequence

from engine.base.diagnostics import Diagnostic, diagnostic
from engine.base.nearness import closest
from engine.core.judge.case import Case
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Text
from engine.load.cases.headings import called
from engine.load.policies.forms import Form, Forms


def right_forms(case: Case, forms: Forms, library: Library, asked: str | None) -> tuple[list[Form], list[Diagnostic]]:
    """The forms to fill in for a case, and why there is none. `asked` is the id of the form that is wanted; without it,
    every form of the case's regulation for such a subject and period that is not made on request."""
    regulation = library.regulations[case.regulation]
    offered = forms.by_regulation[case.regulation]
    subject = regulation.kinds[case.subject.kind]
    fitting = [form for form in offered if form.fits(subject, case.period_kind)]
    usual = [form for form in fitting if not form.on_request]
    if asked is None:
        if usual:
            return usual, []
        known = _named(offered)
        about = {"kind": subject.label, "regulation": called(regulation), "known": known}
        return [], [diagnostic("form/no-form", case.place, **about)]
    wanted = [form for form in fitting if form.id == asked]
    if wanted:
        return wanted, []
    form = next(form for form in (*offered, *_every(forms)) if form.id == asked)
    right = [other for other in fitting if other.number == form.number] or usual
    about = {"number": _called(form), "kind": subject.label, "right": _named(right)}
    return [], [diagnostic("form/not-for", case.place, **about, intended=_kinds(form, library))]


def unknown_form(asked: str, forms: Forms) -> str | None:
    """The id of the form that was probably meant by one that no regulation offers; None if one offers it."""
    known = list(dict.fromkeys(form.id for form in _every(forms)))
    return None if asked in known else closest(asked, known) or ""


def unknown_statements(case: Case, statements: Mapping[str, str], headings: Mapping[str, Text]) -> Iterator[Diagnostic]:
    """A problem for each of the subject's own words that stand under no heading of a form."""
    for name in statements:
        if name not in headings:
            near = closest(name, headings)
            yield diagnostic(
                "form/unknown-statement", case.place, name=name, known=", ".join(headings), suggestion=near
            )  # fmt: skip


def _every(forms: Forms) -> Iterator[Form]:
    for offered in forms.by_regulation.values():
        yield from offered


def _kinds(form: Form, library: Library) -> Text:
    """The kinds of subject that a form is for, and its regulation."""
    regulation: Regulation = library.regulations[form.regulation]
    labels = [regulation.kinds[kind].label for kind in form.applies_to]
    numbers = f" ({regulation.number})"
    return Text(
        ", ".join(label.vi for label in labels) + numbers, ", ".join(label.en for label in labels) + numbers
    )  # fmt: skip


def _called(form: Form) -> str:
    return f"{form.number} (--form {form.id})"


def _named(forms: Sequence[Form]) -> str:
    return ", ".join(_called(form) for form in forms)
