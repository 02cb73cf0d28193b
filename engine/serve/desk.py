"""What a worker has at hand for one version of the policies: the library, its files, and rules made ready to match."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.base.diagnostics import Problems
from engine.core.judge.engine import Engine
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.load.cases.reading import CaseReader
from engine.load.cases.remarks import Noted
from engine.load.policies.choices import UnknownChoice, check_choices
from engine.report.records.fast import FastWriter
from engine.report.records.form import Run
from engine.report.records.writing import Writer
from engine.study.alternatives import OtherReadings
from engine.versions.opening import Kept

MOST_READINGS = 4
"""For so many choices of interpretations the matchers are kept; each takes some megabytes."""


@dataclass(frozen=True)
class Version:
    """One version of the policies, as the server hands it to its workers."""

    kept: Kept
    files: Mapping[str, bytes]
    """Every file of the folder that is YAML, by its path in the folder."""
    run: Run
    """By what records are made: the engine and the commit of the policies."""
    hash: str
    """Of what the policies mean: comments and layout do not count."""

    @property
    def library(self) -> Library:
        """The policies as the engine reads them."""
        return self.kept.library


@dataclass(frozen=True, eq=False)
class Bench:
    """What judges cases under one choice of interpretations, and puts what was found into records."""

    engine: Engine
    writer: Writer
    records: FastWriter
    """Of cases; quotas and links are for the writer."""


@dataclass(eq=False)
class Desk:
    """One version in a worker. Everything on it is used by one thread."""

    version: Version
    reader: CaseReader = field(init=False)
    noted: Noted = field(init=False)
    _benches: OrderedDict[tuple[tuple[str, str], ...], Bench] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.reader = CaseReader(self.library)
        self.noted = Noted(self.library)

    @property
    def library(self) -> Library:
        """The policies as the engine reads them."""
        return self.version.library

    def bench(self, switches: Choices) -> Bench:
        """What judges by these interpretations, made when it is first needed."""
        key = tuple(sorted(switches.items()))
        bench = self._benches.get(key)
        if bench is None:
            engine = Engine(self.library, switches, made=self.version.kept.made, dependences=OtherReadings.of)
            writer = Writer(self.library, switches, self.version.run)
            bench = self._benches[key] = Bench(engine, writer, FastWriter(writer))
            while len(self._benches) > MOST_READINGS:
                self._benches.popitem(last=False)[1].engine.close()
        self._benches.move_to_end(key)
        return bench

    def check(self, regulation: str | None, switches: Choices) -> None:
        """Raises Problems if there is no such regulation, interpretation, or option of one."""
        try:
            check_choices(self.library, regulation, switches)
        except UnknownChoice as choice:
            raise Problems([choice.diagnostic]) from None

    def close(self) -> None:
        """Gives back what the matchers hold."""
        while self._benches:
            self._benches.popitem()[1].engine.close()
