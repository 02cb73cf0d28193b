"""This project's SQL target up to the results of the rules: cases read and checked, rules asked, two masks written.

No row of a decision is made: this is the work that the other peers do, and what is above it stands as `population`.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from bench.answers import WORD, words
from bench.peers import Table
from bench.workload import Workload
from engine.population.groups import Shared
from engine.population.portions import Portion, inputs, portions
from engine.population.query import GroupQuery
from engine.population.run import even_portion
from engine.population.target import SqlTarget
from engine.versions.opening import load_library


def start(work: Workload) -> Table:
    numbers = {rule.name: rule.number for rule in work.rules}
    threads = os.cpu_count() or 1

    def masks(query: GroupQuery) -> str:
        """The masks of the cases of a group, with their numbers."""
        bits = {place: numbers[one.rule.name] for place, one in enumerate(query.judge.compiled.rules)
                if one.rule.name in numbers}  # fmt: skip
        shown = []
        for word in range(words(len(work.rules))):
            for test in ("IS TRUE", "IS FALSE"):
                parts = [f"(CASE WHEN s{place} {test} THEN {1 << bit - word * WORD}::BIGINT ELSE 0 END)"
                         for place, bit in bits.items() if bit // WORD == word]  # fmt: skip
                shown.append(" + ".join(parts) or "0")
        named = ", ".join(f"{one} AS m{place}" for place, one in enumerate(shown))
        return f"SELECT n, case_id, {named}, bits FROM ({query.results_sql()})"

    def whole(source: Path, target: Path) -> None:
        shared = Shared(load_library(work.policies), work.regulation, {})
        (file,), *_ = inputs([str(source)])
        with TemporaryDirectory() as folder, ThreadPoolExecutor(threads) as workers:
            free: SimpleQueue[SqlTarget] = SimpleQueue()
            for number in range(threads):
                free.put(SqlTarget(shared, Path(folder) / str(number)))

            def answered(portion: Portion) -> Path:
                target = free.get()
                target.read(portion.content)
                groups = " UNION ALL ".join([masks(query) for _, query in target.groups()])
                part = Path(folder) / f"{portion.number}.csv"
                target.database.execute(
                    f"COPY (SELECT * EXCLUDE (n) FROM ({groups}) ORDER BY n) TO '{part}' (FORMAT csv, HEADER false)"
                )
                free.put(target)
                return part

            read = portions([file], even_portion(file.size, threads))
            with target.open("wb") as stream:
                for part in workers.map(answered, (one for one in read if isinstance(one, Portion))):
                    stream.write(part.read_bytes())

    return Table(whole)
