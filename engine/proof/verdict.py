"""What became of a property: it holds for every case, a case breaks it, or neither could be shown."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import Any, Literal

from engine.core.judge.record import QuotaResult
from engine.core.policy.terms import Frozen, Value

Ground = Literal["solver", "construction", "regions", "counting"]
"""By what a property holds: z3 found no case that breaks it, what it names is nothing that the engine looks at, no
region of values breaks it, or every group up to a size was counted."""
Reason = Literal["time", "killed", "unconfirmed", "counted_otherwise", "unsure", "too_wide"]
"""Why a property is not decided: the time was up, the solver's process ended, evaluation does not confirm the case
that the solver found, a case that was counted speaks against the solver, the solver gave up by itself, or there are too
many alternatives."""


class Sample(Frozen):
    """What a case of a space states: facts that are not computed, the facts for which evidence is named or is not, and
    the readings under which it is judged."""

    values: Mapping[str, Value]
    evidence: Mapping[str, bool]
    readings: Mapping[str, str]


class ShownCase(Frozen):
    """A case file that can be run, and what evaluation came to: the outcomes that are possible, and its rules by name.

    `values` holds the facts that it states and those computed from them; `unusual` the facts, or `evidence.<fact>`, in
    which it differs from a typical case."""

    document: Mapping[str, Any]
    possible: tuple[str, ...]
    values: Mapping[str, Value] = field(compare=False)
    results: Mapping[str, bool | None] = field(compare=False)
    unusual: tuple[tuple[str, Value], ...]


class Counterexample(Frozen):
    """The smallest case that breaks a property, or the two cases that do together.

    `switches`: the readings that differ from those that the regulation chooses. `about`: the fact that differs between
    two cases, or the rules that hold together. `elsewhere`: the other kinds of subject for which the property breaks.
    """

    cases: tuple[ShownCase, ...]
    switches: Mapping[str, str]
    about: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


class GroupShown(Frozen):
    """The smallest group that breaks a property of groups: the settled cases as (final grade, grade before any surplus
    fell), as case files that can be run under `switches`, and what the quota comes to.

    `after` is what it comes to once the surplus fell, in the other order, or under `other_switches`. For a link, two
    cases without figures."""

    cases: tuple[tuple[str, str], ...]
    day: date
    switches: Mapping[str, str]
    before: QuotaResult | None = None
    after: QuotaResult | None = None
    other_switches: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[Mapping[str, Any], ...] = ()


class Effort(Frozen):
    """How much was looked at: spaces (kinds of subject and of period, and days, that the same rules decide), questions
    to the solver, cases that the enumeration tried besides, and seconds."""

    spaces: int = 0
    questions: int = 0
    counted: int = 0
    seconds: float = 0.0


class Holds(Frozen):
    """No case breaks the property. `up_to`: the size of the groups that were looked at, if not of every size."""

    effort: Effort
    ground: Ground = "solver"
    up_to: int | None = None


class Fails(Frozen):
    """A case or a `group` breaks the property; or, of what must be reached, no case reaches `missing`, each with the
    kinds of subject for which that is so."""

    effort: Effort
    counterexample: Counterexample | None = None
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    group: GroupShown | None = None


class NotDecided(Frozen):
    """Neither was shown. `done` of `of` spaces were looked at."""

    effort: Effort
    reason: Reason
    done: int = 0
    of: int = 0


class Vacuous(Frozen):
    """The property says nothing: no case meets its condition, or no outcome could break it."""

    effort: Effort


Verdict = Holds | Fails | NotDecided | Vacuous
