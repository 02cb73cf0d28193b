"""The terms of a regulation: values, texts, sources, the facts that a case may state, kinds of subject, grades.

Frozen data without behaviour. Places (`Location`) are kept out of equality, so that two readings of a regulation
compare by meaning. Percentages are numbers from 0 to 100, days are `datetime.date`, exact numbers are `Fraction`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar, Literal, dataclass_transform

from engine.base.diagnostics import Location

Value = bool | int | Fraction | date | str | frozenset[str]
"""A typed value: boolean, integer, number, day, text, or the members of a set."""

FactType = Literal["boolean", "integer", "number", "text", "date", "set"]
Form = Literal["boolean", "integer", "number", "text", "date", "set"]
"""How values are written, held and read: as a row of `TYPES` says, several types may have one form."""
Status = Literal["stated", "reported", "inferred", "assumed"]
PeriodKind = Literal["year", "quarter", "term", "first_quarter", "second_quarter", "third_quarter", "fourth_quarter"]
QUARTERS: tuple[PeriodKind, ...] = ("first_quarter", "second_quarter", "third_quarter", "fourth_quarter")

NOWHERE = Location("")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen:
    """Every class below this one is a frozen dataclass; `class Name(Frozen, eq=False)` hands options on to it.

    It shows its fields by itself: Python takes a while to write that out for each class."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __init_subclass__(cls, **options: bool) -> None:
        super().__init_subclass__()
        dataclass(frozen=True, repr=False, **options)(cls)

    def __repr__(self) -> str:
        shown = [f"{part.name}={getattr(self, part.name)!r}" for part in fields(self) if part.repr]
        return f"{type(self).__qualname__}({', '.join(shown)})"


class TypeOfFact(Frozen):
    """What the engine asks of a type: its form, the form of what it is compared with, whether it can be summed."""

    form: Form
    operand: Form
    is_number: bool = False


TYPES: Mapping[FactType, TypeOfFact] = {
    "boolean": TypeOfFact("boolean", operand="boolean"),
    "integer": TypeOfFact("integer", operand="number", is_number=True),
    "number": TypeOfFact("number", operand="number", is_number=True),
    "text": TypeOfFact("text", operand="text"),
    "date": TypeOfFact("date", operand="date"),
    "set": TypeOfFact("set", operand="text"),
}


class Located(Frozen, kw_only=True):
    """What stands in a policy file, and where; the place is no part of what it means."""

    location: Location = field(default=NOWHERE, compare=False, repr=False)


class Text(Frozen):
    """One wording in Vietnamese and English."""

    vi: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.vi if language == "vi" else self.en


class Source(Located):
    """Where a statement comes from: a document, the place in it, and how sure we are that it says so."""

    document: str
    locator: str
    status: Status
    quotes: tuple[str, ...] = ()
    url: str | None = None
    """The address of the publication that the source cites."""
    note: Text | None = None


class Percent(Frozen):
    """100 x part / of; unknown when `of` is zero."""

    of: str
    part: str


class Sum(Frozen):
    """The facts added up."""

    of: tuple[str, ...]


class Count(Frozen):
    """How many of the facts equal a literal."""

    of: tuple[str, ...]
    equal_to: object


class Least(Frozen):
    """The smallest of the facts."""

    of: tuple[str, ...]


class Greatest(Frozen):
    """The largest of the facts."""

    of: tuple[str, ...]


Derivation = Percent | Sum | Count | Least | Greatest


class Whole(Frozen):
    """A fact that another cannot exceed; a case in which it does is refused, or judged and `warned` of."""

    fact: str
    warned: bool = False


class ReviewDays(Frozen):
    """On which days a period is reviewed: from its first on, until so many months after its last. A case of another
    day is refused, or judged and `warned` of."""

    months_after: int
    warned: bool = False


class Fact(Located):
    """One thing a case may state. `options` are the members of a closed text or set, in their order."""

    name: str
    type: FactType
    label: Text
    question: Text | None = None
    unit: str | None = None
    options: tuple[tuple[str, Text], ...] = ()
    ordered: bool = False
    minimum: int | Fraction | date | None = None
    maximum: int | Fraction | date | None = None
    typical: object = None
    derived: Derivation | None = None
    not_more_than: tuple[Whole, ...] = ()
    changeable: bool = True
    """False for what has happened and cannot honestly be changed; such a fact is never proposed as a way up."""
    only_upward: bool = False
    """Of what may be changed: no less of it is ever proposed."""
    shared_list: str | None = None
    """The list of the vocabulary that the options are taken from."""

    @property
    def form(self) -> Form:
        """How values of the fact are written, held and read."""
        return TYPES[self.type].form

    @property
    def is_number(self) -> bool:
        """Can its values be added, divided, and compared with any other number?"""
        return TYPES[self.type].is_number

    @property
    def is_free_text(self) -> bool:
        """A text without options."""
        return self.form == "text" and not self.options


class Vocabulary(Frozen):
    """Every fact by its name, the lists that facts share, the days of review of a period, other headings of columns."""

    facts: Mapping[str, Fact]
    lists: tuple[str, ...] = ()
    as_of: ReviewDays | None = None
    headings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Grade(Located):
    """A grade of a regulation with its name."""

    id: str
    label: Text
    source: Source | None


class SubjectKind(Located):
    """A node of the tree of subjects; `ancestors` from the kind itself up to the root. Either `is_person` or a body."""

    id: str
    label: Text
    ancestors: tuple[str, ...]
    is_leaf: bool
    is_person: bool = False


class Relation(Located):
    """What one subject may be to another."""

    id: str
    label: Text
