"""Problems of one document -> those that a person must mend: what only follows from another one is left out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.base.documents import Document
from engine.base.nearness import opposed
from engine.load.policies.schema_files import keys_inside, sections_of_files
from engine.load.policies.schema_problems import SchemaProblem, in_both


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        data = data[part]
    return data


def in_the_wrong_section(problems: Sequence[SchemaProblem], document: Document, kind: str) -> list[SchemaProblem]:
    """One problem for an item (or a file) that is whole and only stands in the wrong section (or says the wrong kind),
    instead of one for each of its keys."""
    kept = list(problems)
    for path in dict.fromkeys(problem.path[:-1] for problem in problems if problem.code == "schema/unknown-key"):
        here = next((part for part in reversed(path) if isinstance(part, str)), "")
        keys = frozenset(_at(document.data, path))
        in_list = not path or isinstance(path[-1], int)
        fitting = [
            section or other
            for other, section, needed, known in sections_of_files()
            if needed <= keys <= known and bool(section) == bool(path) and (section, other) != (here, kind)
            and (not section or other == kind or section == other or not path)
        ]  # fmt: skip
        if in_list and len(keys) > 3 and fitting:
            about: dict[str, str | None] = {"name": here or kind, "fitting": ", ".join(dict.fromkeys(fitting))}
            code = "schema/wrong-section" if path else "schema/wrong-kind"
            kept = [problem for problem in kept if problem.path[: len(path)] != path]
            kept.append(SchemaProblem(code, path or ("kind",), about))
    return kept


def out_of_place(problems: Sequence[SchemaProblem], document: Document) -> list[SchemaProblem]:
    """One problem for keys that stand one level too far in or out, instead of one for each end of the mistake."""
    kept = list(problems)
    done: set[tuple[str | int, ...]] = set()
    for problem in problems:
        outer, key = problem.path[:-1], problem.path[-1] if problem.path else ""
        if problem.code != "schema/unknown-key" or problem.arguments["suggestion"] or outer in done:
            continue
        mapping = _at(document.data, outer)
        inward = next((name for name in mapping if name != key and key in keys_inside().get(name, ())), None)
        outward = next((part for part in reversed(outer) if isinstance(part, str)), None)
        if (
            outward is not None
            and not isinstance(outer[-1], int)
            and any({key, outward} <= known for _, _, _, known in sections_of_files())
        ):
            other, relation, where = outward, "level_with", outer[: outer.index(outward)]
        elif inward is not None:
            other, relation, where = inward, "inside", (*outer, inward)
        else:
            continue
        # The lines that follow are mostly part of what went astray with it.
        done.add(outer)
        after = set(list(mapping)[list(mapping).index(key) :])
        echo = {"schema/missing-key", "schema/blank", "schema/no-operator", "schema/keys", "schema/type"}
        kept = [
            kept_problem
            for kept_problem in kept
            if not (
                kept_problem.path[:-1] == outer
                and kept_problem.code == "schema/unknown-key"
                and kept_problem.path[-1] in after
            )
            and not (kept_problem.path in (where, (*where, key)) and kept_problem.code in echo)
            and not (kept_problem.path == outer and kept_problem.code in ("schema/keys", "schema/no-operator"))
        ]
        about: dict[str, str | None] = {"key": str(key), "other": other, **in_both("where", relation)}
        kept.append(SchemaProblem("schema/misplaced", problem.path, about, key=True))
    return kept


def without_echoes(problems: Sequence[SchemaProblem]) -> list[SchemaProblem]:
    """Drop what another problem explains: a key missing for its misspelling, a count of keys if one of them is wrong,
    what a value lacks besides its type."""
    problems = _paired(problems)
    amiss = ("schema/unknown-key", "schema/colon", "schema/comma", "yaml/no-colon", "yaml/wrong-sign")
    unknown = [problem for problem in problems if problem.code in amiss]
    meant = {(problem.path[:-1], str(problem.arguments["suggestion"]).partition(":")[0]) for problem in unknown}
    meant |= {(problem.path[:-1], str(problem.arguments["key"]).partition(":")[0]) for problem in unknown}
    wrong_keys = {problem.path[:-1] for problem in problems if problem.key}
    wrong_keys |= {problem.path for problem in problems if problem.code == "schema/missing-key"}
    wrong_types = {
        problem.path: problem for problem in reversed(problems) if problem.code in ("schema/type", "schema/blank")
    }

    def is_echo(problem: SchemaProblem) -> bool:
        match problem.code:
            case "schema/missing-key":
                return (problem.path, problem.arguments["key"]) in meant
            case "schema/keys" | "schema/no-operator":
                return problem.path in wrong_keys
            case "schema/type" | "schema/blank" | "schema/value":
                return wrong_types.get(problem.path, problem) is not problem
            case _:
                return False

    return [problem for problem in problems if not is_echo(problem)]


def _paired(problems: Sequence[SchemaProblem]) -> list[SchemaProblem]:
    """If one key of a mapping is unknown and one is missing, the first was meant for the second."""
    unknown = [problem for problem in problems if problem.code == "schema/unknown-key"]
    missing = [problem for problem in problems if problem.code == "schema/missing-key"]
    paired = {}
    for problem in unknown:
        unknown_here = [other for other in unknown if other.path[:-1] == problem.path[:-1]]
        lacking = [other for other in missing if other.path == problem.path[:-1]]
        if len(unknown_here) != 1 or len(lacking) != 1 or problem.arguments["suggestion"] is not None:
            continue
        if not opposed(str(problem.arguments["key"]), str(lacking[0].arguments["key"])):
            paired[id(problem)] = replace(
                problem, arguments={**problem.arguments, "suggestion": lacking[0].arguments["key"]}
            )
    return [paired.get(id(problem), problem) for problem in problems]
