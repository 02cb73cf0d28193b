"""Peers side by side in one run: `python -m bench.run`, or `make bench ARGS=…`; see `bench/README.md`.

For each number of rules and of cases every peer answers once and is checked before anything is timed; then rounds
follow in which each peer has its turn. What was measured is kept in build/bench/results.ndjson, line by line, so a run
that is broken off goes on where it stopped.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from bench import policies, service
from bench.answers import digest
from bench.commands import COLD, ENDED, VERBS, command, disagreements
from bench.encode import kept
from bench.generate import REGULATION, write
from bench.kept import ROOT, Cell, Kept
from bench.measure import Failed, run
from bench.peers import PEERS
from bench.report import report
from bench.workload import Workload, read

BUILD = ROOT / "build" / "bench"
RESULTS = BUILD / "results.ndjson"
REFERENCE = "python"
AS_IT_IS = 0
"""In place of a number of rules: the regulation itself."""
CHECKED = 1_000
RULES = (10, 50, 200, 1_000)
GROWTH = {"alone": 1_000, "file": 10_000}
"""Cases, where rules grow."""
SIZES = (1, 1_000, 10_000, 100_000, 1_000_000)
CLIENTS = (1, 8, 64)
"""Of the service."""


def cells(options: argparse.Namespace) -> Iterator[list[Cell]]:
    """What is measured together, interleaved."""
    if "cold" in options.modes:
        yield [Cell("cold", name, 1, AS_IT_IS) for name in COLD]
    if "verbs" in options.modes:
        yield [Cell("verbs", name, 1, AS_IT_IS) for name in VERBS]
    if "service" in options.modes:
        for clients in CLIENTS:
            yield [Cell("service", name, clients, AS_IT_IS) for name in service.SERVERS]
    for rules in options.rules:
        for mode in [mode for mode in options.modes if mode in GROWTH]:
            sizes = options.cases if rules == AS_IT_IS or options.cases_given else [GROWTH[mode]]
            for cases in sizes:
                yield [
                    Cell(mode, peer, cases, rules)
                    for peer in options.peers
                    if (mode == "file" or PEERS[peer].alone) and (rules == AS_IT_IS or PEERS[peer].rules)
                ]


class Bench:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.kept = Kept(RESULTS)
        self.works: dict[int, tuple[Path, Workload]] = {}
        self.right: dict[tuple[int, int], str] = {}

    def work(self, rules: int) -> tuple[Path, Workload]:
        if rules not in self.works:
            folder = ROOT / "policies"
            if rules != AS_IT_IS:
                folder = policies.write(folder, BUILD / f"policies-{rules}", rules)
            path = kept(folder, REGULATION, BUILD / f"workload-{rules}.pickle")
            self.works[rules] = (path, read(path))
        return self.works[rules]

    def source(self, cases: int) -> Path:
        path = BUILD / f"cases-{cases}.ndjson"
        write(ROOT / "policies", cases, path)
        return path

    def target(self, cell: Cell) -> Path:
        folder = BUILD / "answers"
        folder.mkdir(exist_ok=True)
        return folder / f"{cell.mode}-{cell.peer}-{cell.cases}-{cell.rules}{PEERS[cell.peer].ending}"

    def command(self, cell: Cell, target: Path) -> list[str]:
        path, work = self.work(cell.rules)
        source = self.source(cell.cases)
        if PEERS[cell.peer].module:
            return [sys.executable, "-m", "bench.one", cell.mode, cell.peer, str(path), str(source), str(target)]
        return command(cell.peer, work, source, target)

    def reference(self, cases: int, rules: int) -> Path:
        """The file of the common answer, as the hand-written program gives it."""
        cell = Cell("file", REFERENCE, cases, rules)
        target = self.target(cell).with_suffix(".right")
        if (cases, rules) not in self.right:
            run(self.command(cell, target), 3_600)
            self.right[cases, rules] = digest(target)
        return target

    def check(self, cell: Cell) -> None:
        """Raises Failed where what a run has just written is not the common answer."""
        peer, target = PEERS[cell.peer], self.target(cell)
        right = self.reference(cell.cases, cell.rules)
        if peer.answers and digest(target) != self.right[cell.cases, cell.rules]:
            raise Failed(f"{target} differs from {right}")
        if not peer.module and cell.cases <= 100_000 and not self.kept.of(cell):
            wrong = disagreements(cell.peer, self.work(cell.rules)[1], right, target)
            if wrong:
                raise Failed(f"{target}: {len(wrong)} disagree, the first: {wrong[0]}")

    def measure(self, cell: Cell, checking: bool = False) -> None:
        limit = self.options.limit
        if cell.mode in ("cold", "verbs"):
            command = (COLD if cell.mode == "cold" else VERBS)[cell.peer][1]
            found = run(command, limit, ENDED.get(cell.peer, (0,)) if cell.mode == "verbs" else (0,))
            self.kept.add(cell, seconds=found.seconds, processor=found.processor, megabytes=found.megabytes)
            return
        if cell.mode == "service":
            self.kept.add(cell, **service.measured(cell.peer, cell.cases))
            return
        found = run(self.command(cell, self.target(cell)), 60 if checking else limit)
        self.check(cell)
        target = self.target(cell)
        written = sum(one.stat().st_size for one in (target.rglob("*") if target.is_dir() else [target]))
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        if not checking:
            times = {"seconds": found.seconds, "processor": found.processor, "written": written}
            if cell.mode == "alone":
                times = json.loads(found.output)
            self.kept.add(cell, **times, megabytes=found.megabytes)

    def __call__(self) -> int:
        wrong = set(self.checked())
        for together in cells(self.options):
            for turn in range(self.options.rounds):
                for cell in together:
                    if (cell.peer, cell.rules) not in wrong and not self.turn(cell, turn):
                        wrong.add((cell.peer, cell.rules))
        return 1 if wrong else 0

    def checked(self) -> Iterator[tuple[str, int]]:
        """The peers, with the rules, that do not give the common answer: none of their times is taken."""
        for rules in self.options.rules if GROWTH.keys() & set(self.options.modes) else []:
            for peer in self.options.peers:
                cell = Cell("file", peer, CHECKED if rules == AS_IT_IS else CHECKED // 10, rules)
                if rules != AS_IT_IS and not PEERS[peer].rules:
                    continue
                say(f"checking {peer}, rules: {rules or 'as they are'}")
                try:
                    self.measure(cell, checking=True)
                except (Failed, TimeoutError) as error:
                    say(f"✗ {peer}: {error or 'took too long'}")
                    yield peer, rules

    def turn(self, cell: Cell, turn: int) -> bool:
        """One run of one peer, unless it is kept already. False where its answer was wrong."""
        if len(self.kept.of(cell)) > turn or self.kept.too_slow(cell, self.options.limit):
            return True
        try:
            self.measure(cell)
        except TimeoutError:
            self.kept.add(cell, beyond=self.options.limit)
        except Failed as error:
            say(f"✗ {cell.peer}: {error}")
            return False
        line = self.kept.of(cell)[-1]
        said = f"{line['seconds']:.3f} s" if "seconds" in line else f"beyond {self.options.limit} s"
        say(f"{turn + 1}. {cell.mode} {cell.peer}, cases: {cell.cases}, rules: {cell.rules or 'as they are'}: {said}")
        return True


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def numbers(text: str) -> list[int]:
    return [int(one.replace("_", "")) for one in text.split(",")]


def names(text: str) -> list[str]:
    return text.split(",")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=numbers, help="numbers of cases, 1,1000,… (default: 1 to 1000000)")
    parser.add_argument(
        "--rules", type=numbers, help="numbers of rules, 0 the regulation as it is (default: 0 and growth)"
    )
    parser.add_argument("--peers", type=names, default=[*PEERS], help=", ".join(PEERS))
    modes = ["cold", "alone", "file"]
    parser.add_argument("--modes", type=names, default=modes, help=f"{','.join(modes)} (the default), verbs, service")
    parser.add_argument("--rounds", type=int, help="runs of each peer (default: 5); 0 only checks the answers")
    parser.add_argument("--limit", type=float, help="seconds that one run may take (default: 60)")
    parser.add_argument("--quick", action="store_true", help="few cases, three rounds: under three minutes")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before of the parts asked for")
    parser.add_argument("--report", action="store_true", help="measure nothing: tables of what was measured before")
    parser.add_argument("--write", action="store_true", help="put tables and charts into bench/README.md")
    options = parser.parse_args(arguments)
    options.cases_given = options.cases is not None
    options.cases = options.cases or ([1_000, 10_000] if options.quick else list(SIZES))
    options.rules = options.rules or ([AS_IT_IS] if options.quick else [AS_IT_IS, *RULES])
    if options.rounds is None:
        options.rounds = 3 if options.quick else 5
    options.limit = options.limit or (3 if options.quick else 60)
    if unknown := set(options.peers) - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    if "service" in options.modes and shutil.which("wrk") is None:
        parser.error("the load of --modes service is made by wrk, which is not installed (Debian: apt install wrk)")
    for name in [one for one in options.peers if PEERS[one].needs and find_spec(PEERS[one].needs) is None]:
        say(f"{name} is left out: {PEERS[name].needs} is not installed")
        options.peers.remove(name)
    return options


def main() -> None:
    options = parse(sys.argv[1:])
    os.chdir(ROOT)
    status = 0
    if not options.report:
        shutil.rmtree(BUILD / "answers", ignore_errors=True)
        bench = Bench(options)
        if options.fresh:
            bench.kept.forget(cell for together in cells(options) for cell in together)
        status = bench()
    if RESULTS.exists():
        report(RESULTS, ROOT / "bench" / "README.md" if options.write else None)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
