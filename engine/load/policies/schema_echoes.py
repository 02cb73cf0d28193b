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


def in_the_wrong_section(found: Sequence[SchemaProblem], document: Document, kind: str) -> list[SchemaProblem]:
    """One problem for an item (or a file) that is whole and only stands in the wrong section (or says the wrong kind),
    instead of one for each of its keys."""
    kept = list(found)
    for path in dict.fromkeys(one.path[:-1] for one in found if one.code == "schema/unknown-key"):
        here = next((part for part in reversed(path) if isinstance(part, str)), "")
        keys = frozenset(_at(document.data, path))
        in_list = not path or isinstance(path[-1], int)
        fitting = [
            section or other
            for other, section, needed, known in sections_of_files()
            if bool(section) == bool(path) and (section or other) != (here or kind) and needed <= keys <= known
        ]
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
            kept = [one for one in kept if one.path[: len(path)] != path]
            kept.append(SchemaProblem(code, path or ("kind",), about))
    return kept


def out_of_place(found: Sequence[SchemaProblem], document: Document) -> list[SchemaProblem]:
    """One problem for keys that stand one level too far in or out, instead of one for each end of the mistake."""
    kept = list(found)
    done: set[tuple[str | int, ...]] = set()
    for one in found:
        outer, key = one.path[:-1], one.path[-1] if one.path else ""
        if one.code != "schema/unknown-key" or one.arguments["suggestion"] or outer in done:
            continue
        beside = _at(document.data, outer)
        inward = next((name for name in beside if name != key and key in keys_inside().get(name, ())), None)
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
        after = set(list(beside)[list(beside).index(key) :])
        echo = {"schema/missing-key", "schema/blank", "schema/no-operator", "schema/keys", "schema/type"}
        kept = [
            each
            for each in kept
            if not (each.path[:-1] == outer and each.code == "schema/unknown-key" and each.path[-1] in after)
            and not (each.path in (where, (*where, key)) and each.code in echo)
            and not (each.path == outer and each.code in ("schema/keys", "schema/no-operator"))
        ]
        about: dict[str, str | None] = {"key": str(key), "other": other, **in_both("where", relation)}
        kept.append(SchemaProblem("schema/misplaced", one.path, about, key=True))
    return kept


def without_echoes(found: Sequence[SchemaProblem]) -> list[SchemaProblem]:
    """Drop what another problem explains: a key missing for its misspelling, a count of keys where one is wrong,
    what a value lacks besides its type."""
    found = _paired(found)
    amiss = ("schema/unknown-key", "schema/colon", "schema/comma", "yaml/no-colon", "yaml/wrong-sign")
    unknown = [one for one in found if one.code in amiss]
    meant = {(one.path[:-1], str(one.arguments["suggestion"]).partition(":")[0]) for one in unknown}
    meant |= {(one.path[:-1], str(one.arguments["key"]).partition(":")[0]) for one in unknown}
    wrong_keys = {one.path[:-1] for one in found if one.key}
    wrong_keys |= {one.path for one in found if one.code == "schema/missing-key"}
    wrong_types = {one.path: one for one in reversed(found) if one.code in ("schema/type", "schema/blank")}

    def is_echo(one: SchemaProblem) -> bool:
        match one.code:
            case "schema/missing-key":
                return (one.path, one.arguments["key"]) in meant
            case "schema/keys" | "schema/no-operator":
                return one.path in wrong_keys
            case "schema/type" | "schema/blank" | "schema/value":
                return wrong_types.get(one.path, one) is not one
            case _:
                return False

    return [one for one in found if not is_echo(one)]


def _paired(found: Sequence[SchemaProblem]) -> list[SchemaProblem]:
    """Where one key of a mapping is unknown and one is missing, the one was meant for the other."""
    unknown = [one for one in found if one.code == "schema/unknown-key"]
    missing = [one for one in found if one.code == "schema/missing-key"]
    paired = {}
    for one in unknown:
        beside = [each for each in unknown if each.path[:-1] == one.path[:-1]]
        lacking = [each for each in missing if each.path == one.path[:-1]]
        if len(beside) != 1 or len(lacking) != 1 or one.arguments["suggestion"] is not None:
            continue
        if not opposed(str(one.arguments["key"]), str(lacking[0].arguments["key"])):
            paired[id(one)] = replace(one, arguments={**one.arguments, "suggestion": lacking[0].arguments["key"]})
    return [paired.get(id(one), one) for one in found]
