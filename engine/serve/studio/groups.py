"""The page of cohorts in the studio: quotas with their figures, as other readings make them, links, and downloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from engine.base.words import words
from engine.core.judge.record import QuotaResult, Results
from engine.core.policy.regulation import Library
from engine.report import across
from engine.report.html.cohorts import Cohort, cohorts
from engine.report.html.page import captions
from engine.report.sensitivity import as_document
from engine.report.sentences import Sentence, regulation_label
from engine.report.words import Words
from engine.serve.problems import Refusal
from engine.serve.studio.case_store import NoSuchCase, StoredCase
from engine.serve.studio.cases import address_of, all_cases
from engine.serve.studio.computing import file_of, readings_of, results_of
from engine.serve.studio.judging import Download, Readings
from engine.serve.studio.shell import PageRoute, Reading, Visit, attachment, render

PAGE = "groups"
CAPTIONS = words("page")
MOST_AT_ONCE = 60
"""So many cases are also judged by every other reading when the page is opened; of more only if somebody asks."""
FILES: dict[str, tuple[Download, str]] = {
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "html": ("html", "text/html; charset=utf-8"),
    "json": ("json", "application/json"),
    "csv": ("csv", "text/csv; charset=utf-8"),
}
TABLES = {"summary": ("docx", "xlsx"), "proposal": ("docx", "xlsx"), "dossier": ("docx",)}
"""The tables of a group for print, and as what each is written."""
NAMING: tuple[Download, ...] = ("xlsx", "html")
"""The files that may name people."""
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True)
class Figures:
    """The figures of a quota under one reading; `reading` is "" for the one in use."""

    reading: str
    count: int
    base: int
    limit: int
    lawful: int
    verdict: str
    status: str


@dataclass(frozen=True)
class CohortShown:
    """A cohort with its figures, the reading in use first."""

    cohort: Cohort
    regulation: str
    grade: str
    figures: Sequence[Figures]


@routes.get("/groups")
def groups(
    here: Reading, period: str = Query("", max_length=200), readings: bool = False, names: bool = False
) -> HTMLResponse:
    """The cohorts of the cases in the folder. `names`: the files to download name people."""
    cases, unread = all_cases(here.store)
    everything = results_of(here, cases) if cases else Results((), (), (), ())
    periods = sorted({decision.period for decision in everything.decisions}, reverse=True)
    chosen = of_period(cases, everything, period) if period in periods else cases
    results = results_of(here, chosen) if chosen else everything
    with_readings = bool(chosen) and (readings or len(chosen) <= MOST_AT_ONCE)
    others = _others(here, chosen, wanted=readings) if with_readings else None
    document = as_document(others.sensitivity, here.library.regulations, here.language, plain=True) if others else None
    return render(
        here, "groups.html.jinja", PAGE, cohorts=_counted(here, results, others), periods=periods,
        period=period if period in periods else "", count=len(results.decisions),
        rejected=len(results.rejected) + len(unread), links=_links(results, here.words),
        kept=across.links_kept(here.words, results) if results.links else "",
        ungrouped=across.ungrouped(here.words, results), summary=across.summary(here.words, results),
        matters=document.chapters[0].entries if document and document.chapters else [],
        with_readings=others is not None,
        files=[(form, f"/groups/results.{form}?{_query(period, names)}") for form in FILES], names=names,
        other_files=f"/groups?{_query(period, not names)}", more=_query(period, names), tables=TABLES,
        address_of=address_of,
    )  # fmt: skip


@routes.get("/groups/results.{form}")
def results_file(
    here: Reading, form: str, period: str = Query("", max_length=200), names: bool = False
) -> Response:  # fmt: skip
    """The results of all cases, or of one period, as a file; workbooks and reports name people if `names` is set."""
    if form not in FILES:
        raise NoSuchCase(form)
    cases, _ = all_cases(here.store)
    if period:
        cases = of_period(cases, results_of(here, cases), period)
    kind, media = FILES[form]
    content = file_of(here, cases, kind, "names" if names and kind in NAMING else "")
    name = captions(here.language, words("studio", PAGE))("file_name")
    return attachment(content, media, f"{name}{' ' if period else ''}{period}.{form}")


def _query(period: str, names: bool) -> str:
    return urlencode({"period": period, **({"names": "true"} if names else {})})


def _others(here: Visit, cases: Sequence[StoredCase], *, wanted: bool) -> Readings | None:
    """What other readings would change; None if that takes too long and nobody asked for it. Raises Refusal."""
    try:
        return readings_of(here, cases)
    except Refusal as refusal:
        if wanted or refusal.code not in ("overtime", "full"):
            raise
        return None


def of_period(cases: Sequence[StoredCase], results: Results, period: str) -> list[StoredCase]:
    """The cases that were judged for a period."""
    there = {decision.file for decision in results.decisions if decision.period == period}
    return [case for case in cases if case.name in there]


def _counted(here: Visit, results: Results, others: Readings | None) -> list[CohortShown]:
    shown = cohorts(here.words, captions(here.language, CAPTIONS), results)
    labels = {decision.regulation: regulation_label(here.words, decision) for decision in results.decisions}
    return [
        CohortShown(
            cohort, labels.get(quota.regulation, ""), here.words.text(quota.grade_label),
            [_figures(here.words, "", quota), *_under_others(here.words, here.library, quota, others)],
        )
        for cohort, quota in zip(shown, across.counted(results.quotas), strict=True)
    ]  # fmt: skip


def _under_others(words: Words, library: Library, quota: QuotaResult, others: Readings | None) -> list[Figures]:
    """The figures under every other option by which they differ."""
    figures = []
    for (regulation, interpretation, option), quotas in (others.quotas if others else {}).items():
        same = next((other for other in quotas if _key(other) == _key(quota)), None)
        if regulation != quota.regulation or same is None or _numbers(same) == _numbers(quota):
            continue
        named = next(item for item in library.regulations[regulation].interpretations if item.id == interpretation)
        label = words.text(dict(named.options)[option])
        figures.append(_figures(words, f"{words.text(named.question)} {label}", same))
    return figures


def _figures(words: Words, reading: str, quota: QuotaResult) -> Figures:
    match quota.status:
        case "within":
            verdict = words.say("within")
        case "exceeded":
            verdict = words.say("over", excess=quota.excess)
        case _:
            verdict = words.say("unknown")
    return Figures(reading, quota.count, quota.base, quota.limit, quota.greatest_lawful, verdict, quota.status)


def _key(quota: QuotaResult) -> tuple[object, ...]:
    return quota.quota, quota.period, quota.cohort


def _numbers(quota: QuotaResult) -> tuple[object, ...]:
    return quota.count, quota.base, quota.limit, quota.greatest_lawful, quota.status


def _links(results: Results, words: Words) -> list[Sentence]:
    sections = [across.link_section(words, link) for link in results.links if link.status != "kept"]
    return [sentence for section in sections for sentence in section.sentences]
