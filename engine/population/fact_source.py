"""The facts of a case in the source of a generated function: each a variable, taken out of what msgspec decoded."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import UNSET

from engine.core.policy.terms import Fact, Value, Vocabulary
from engine.load.cases.fast_values import Group, Unusual, digits, fields_of
from engine.population.memos import Memo, Values


@dataclass(frozen=True)
class FactSource:
    """Writes lines of source about the facts of a vocabulary. `shape` is how cases write them."""

    vocabulary: Vocabulary
    shape: Group
    names: dict[str, Any] = field(init=False, default_factory=dict)
    """What the source names besides its own variables."""

    @property
    def coded(self) -> Set[str]:
        """The facts whose values are looked up for codes, and so are checked there."""
        return frozenset()

    def _function(self, parameters: str, begin: str, body: Sequence[str]) -> Callable[..., tuple[Any, ...]]:
        """A function with these lines."""
        lines = [f"def asked({parameters}):", f"    {begin}", *(f"    {line}" for line in body)]
        self.names.update(fields=fields_of, UNSET=UNSET, Unusual=Unusual, digits=digits)
        # The source is made of numbers and names alone, never of a text of a policy or a case.
        exec(compile("\n".join(lines), "<rules>", "exec"), self.names)
        made: Callable[..., tuple[Any, ...]] = self.names["asked"]
        return made

    @cached_property
    def _facts(self) -> Mapping[str, Fact]:
        return self.vocabulary.facts

    @cached_property
    def _values(self) -> Values:
        return Values(self.vocabulary)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self._facts)}

    @cached_property
    def _group_of(self) -> Mapping[str, str]:
        """The key of the group that a fact stands in; an empty text if it stands in none."""
        return {
            fact: key if isinstance(part, Group) else ""
            for part, key in zip(self.shape.parts, self.shape.keys, strict=True)
            for fact in (facts_in(part) if isinstance(part, Group) else [part.name])
        }

    @property
    def _plain_facts(self) -> Iterator[str]:
        """The facts that stand in no group."""
        return (fact for fact, key in self._group_of.items() if not key)

    def _plain(self, fact: str) -> str:
        """The variable of a fact as it is stated."""
        return f"v{self._places[fact]}"

    def _named(self, prefix: str, value: object) -> str:
        """A name in the source for a value, the same for equal tuples."""
        if isinstance(value, tuple):
            known = next((name for name, other in self.names.items() if other == value), None)
            if known is not None:
                return known
        name = f"{prefix}{len(self.names)}"
        self.names[name] = value
        return name

    def _read(self, group: Group, expression: str, name: str, used: Set[str], whole: bool = True) -> Iterator[str]:
        """Lines that take the facts of a group apart, and count its keys; those of the groups in it unless not
        `whole`."""
        variables, groups, checks = [], [], []
        for number, part in enumerate(group.parts):
            if isinstance(part, Group):
                variables.append(f"{name}_{number}")
                groups.append((part, variables[-1]))
                continue
            checked = list(self._checked(part, part.name in used))
            variables.append(self._plain(part.name) if checked or part.name in used else "_")
            checks += checked
        kind = self._named("T", group.type)
        defaults = dict.fromkeys(variable for variable in variables if variable != "_")
        yield f"if {expression}.__class__ is {kind}:"
        yield f"    t = fields({expression})"
        yield f"    {', '.join(variables)}, = t"
        yield f"    keys += {len(variables)} - t.count(UNSET)"
        yield from (f"    {line}" for line in checks)
        if defaults:
            yield f"else: {' = '.join(defaults)} = UNSET"
        for part, variable in groups if whole else ():
            yield from self._read(part, variable, variable, used)

    def _checked(self, fact: Fact, used: bool) -> Iterator[str]:
        """Lines that look at the value of a fact, so far as msgspec has not."""
        v = f"v{self._places[fact.name]}"
        match fact.form:
            case "set" if used:
                yield f"if {v}.__class__ is list: {v} = tuple({v})"
            case "number":
                yield f"if {v}.__class__ is not int and {v} is not UNSET and {v} is not None: {v} = digits({v})"
                if fact.unit == "percent":
                    # Less than one may be a fraction that was meant.
                    yield f"if {v}.__class__ is str and ({v}[0] == '0' or 'E' in {v}): noted = True"
            case _ if fact.is_free_text:
                yield f"if {v}.__class__ is str: texts.append({v})"
        if fact.form in ("number", "date") and fact.derived is None and fact.name not in self.coded:
            yield f"{self._memo((fact.name,), lambda values: None)}[{v},]"

    def _memo(self, names: Sequence[str], make: Callable[[dict[str, Value]], Any]) -> str:
        """The name of a memo of what values of these facts, which include what each is derived from, come to."""
        return self._named("M", Memo(lambda plain: make(self._values.of(names, plain))))

    def _looked_up(self, names: Sequence[str], memo: str) -> str:
        """The expression that looks up what the values of these facts come to."""
        return f"{memo}[{', '.join(map(self._plain, names))},]"

    def _stated(self, names: Sequence[str]) -> str:
        """The expression that is true if one of these facts is stated."""
        return " or ".join(f"{self._plain(name)} is not UNSET" for name in names)


def facts_in(group: Group) -> Iterator[str]:
    """The facts of a group, and of the groups in it."""
    for part in group.parts:
        yield from facts_in(part) if isinstance(part, Group) else (part.name,)
