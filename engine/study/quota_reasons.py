"""Why a quota is exceeded, and which numbers would be lawful, each checked by counting the changed cases as any are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.core.judge.cohorts import QuotaCohort, quota_results
from engine.core.judge.decision import Decided
from engine.core.judge.limits import Limit
from engine.core.judge.record import QuotaResult
from engine.core.policy.live import Choices, chosen, read_by
from engine.core.policy.regulation import Library
from engine.core.policy.rules import Quota, Rounding

MOST_FALLING = 500
MOST_ADDED = 5_000


@dataclass(frozen=True)
class Figures:
    """A count of holders, the base that it is measured against, and the greatest lawful count over that base."""

    count: int
    base: int
    limit: int


@dataclass(frozen=True)
class QuotaReason:
    """An exceeded quota. `fallen`: the lawful figures with the most holders if the surplus falls as the quota says, and
    `falling` how many then fall. `wider`: the smallest base over which so many holders are lawful, as figures. Each is
    None if there are no such numbers, or none were found within bounds."""

    quota: QuotaResult
    falling: int | None
    fallen: Figures | None
    wider: Figures | None


def quota_reasons(library: Library, decided: Sequence[Decided], switches: Choices) -> tuple[QuotaReason, ...]:
    """The decided cases of a run and its readings -> why each quota that is certainly exceeded is so."""
    reasons = []
    for regulation in library.regulations.values():
        members = [member for member in decided if member.case.regulation == regulation.id]
        results, _ = quota_results(library.vocabulary, regulation, members, switches, QuotaCohort.result)
        quotas = {quota.name: quota for quota in regulation.quotas}
        for result in results:
            if result.status == "exceeded":
                search = _Search(library, members, switches, result, quotas[result.quota.name])
                falling, fallen = search.fallen()
                reasons.append(QuotaReason(result, falling, fallen, search.wider()))
    return tuple(reasons)


@dataclass(frozen=True)
class _Search:
    library: Library
    members: Sequence[Decided]
    switches: Choices
    result: QuotaResult
    quota: Quota

    def fallen(self) -> tuple[int | None, Figures | None]:
        """How many holders fall at least, and the figures then."""
        holders = set(self.result.holders[:MOST_FALLING])
        falling = [member for member in self.members if member.case.case_id in holders]
        for number in range(1, len(falling) + 1):
            fell = {id(member): _graded(member, self.quota.surplus) for member in falling[:number]}
            after = self._counted([fell.get(id(member), member) for member in self.members])
            if after is not None and after.status == "within":
                return number, _figures(after)
        return None, None

    def wider(self) -> Figures | None:
        """The figures over the smallest base that bears all holders."""
        grade = next((grade for grade in self.result.of if grade != self.result.grade), None)
        model = next((member for member in self.members if member.case.case_id in self.result.holders), None)
        if grade is None or model is None:
            return None
        choices = chosen(self.library.regulations[self.result.regulation], self.switches)
        rounding: Rounding = read_by(self.quota.rounding, choices)
        limit = Limit(Fraction(str(self.result.percent)), rounding)
        bases = range(self.result.base + 1, self.result.base + MOST_ADDED)
        base = next((base for base in bases if limit.lawful(self.result.count, base)), None)
        if base is None:
            return None
        more = list(_others(model, grade, base - self.result.base))
        widened, narrower = (self._counted([*self.members, *added]) for added in (more, more[1:]))
        kept = widened is not None and widened.status == "within" and widened.count == self.result.count
        smallest = narrower is not None and narrower.status == "exceeded"
        return _figures(widened) if widened is not None and kept and smallest else None

    def _counted(self, members: Sequence[Decided]) -> QuotaResult | None:
        """The quota over the same cohort, among other members."""
        regulation = self.library.regulations[self.result.regulation]
        results, _ = quota_results(self.library.vocabulary, regulation, members, self.switches, QuotaCohort.result)
        same = self.result.quota.name, self.result.period, self.result.cohort
        return next((other for other in results if (other.quota.name, other.period, other.cohort) == same), None)


def _graded(member: Decided, grade: str) -> Decided:
    return replace(member, case=replace(member.case, grades={**member.case.grades, "decided": grade}))


def _others(model: Decided, grade: str, number: int) -> Iterator[Decided]:
    """Further cases of the same cohort with a grade."""
    for place in range(number):
        subject = replace(model.case.subject, id=f"+{place}")
        grades = {"proposed": grade, "decided": grade}
        yield replace(model, case=replace(model.case, case_id=f"+{place}", subject=subject, grades=grades))


def _figures(result: QuotaResult) -> Figures:
    return Figures(result.count, result.base, result.limit)
