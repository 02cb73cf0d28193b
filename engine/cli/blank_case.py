"""An empty case to start from, as `new` writes it and `ask` fills it in."""

from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from engine.base.diagnostics import Location, diagnostic
from engine.cli.opening import check_named
from engine.cli.usage import misuse, wrong_usage
from engine.core.policy.live import Choices, in_force, regime
from engine.core.policy.regulation import Library, Regulation
from engine.core.rules.compiler import Compiled, compile_rules, with_rulesets
from engine.load.cases.blank import day_of_review, skeleton
from engine.load.cases.kinds import kinds_of_cases, unfit_kind
from engine.load.policies.names import unknown_name


@dataclass(frozen=True)
class Start:
    """What a person has said about a new case: its id, period, day of review, and the address of its schema."""

    case_id: str
    period: str | None
    day: str | None
    schema: str | None = None


def empty_case(
    library: Library, regulation: Regulation, kind: str, switches: Choices, language: str, start: Start
) -> tuple[dict[str, Any], Compiled]:
    """A case with all facts unknown, as JSON holds it, and the rules that apply to it.

    Ends the command if the options do not fit the regulation."""

    def refuse(code: str, **arguments: object) -> NoReturn:
        problem = diagnostic(code, Location(""), **arguments)
        wrong_usage(problem.message(language), problem.help(language))

    check_named(library, None, switches, language)
    kinds = kinds_of_cases(regulation)
    if kind not in kinds:
        code, meant = unfit_kind(kind, regulation)
        for problem in unknown_name(code, kind, {name: kinds[name] for name in meant}, Location("")):
            wrong_usage(problem.message(language), problem.help(language))
    try:
        as_of = day_of_review(regulation, date.today()) if start.day is None else date.fromisoformat(start.day)
    except ValueError:
        misuse("day", value=start.day)
    if not in_force(regulation, as_of):
        until = regulation.in_force_until
        refuse(
            "case/regulation-not-in-force", regulation=regulation.id, day=as_of.isoformat(),
            first=regulation.in_force_from.isoformat(), last=until.isoformat() if until else "…",
        )  # fmt: skip
    compiled = with_rulesets(compile_rules(regulation, library.vocabulary, kind, regime(regulation, as_of), switches))
    period = start.period or str(as_of.year)
    data = skeleton(regulation, compiled, case_id=start.case_id, period=period, as_of=as_of, schema=start.schema)
    return data, compiled
