"""The shape of the engine: imports go one way, each library has one home, and no word of a regulation is in it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from support import ROOT, TESTS

ENGINE = ROOT / "engine"
ROOMS = ("base", "core", "load", "study", "versions", "proof", "population", "report", "editor", "serve", "cli")
"""A room imports only from itself and from the rooms to its left."""
INSIDE = {"core": ("policy", "rules", "judge"), "load": ("policies", "cases")}
"""The same inside a room."""
OF_BASE = {"diagnostics", "version", "likeness", "nearness"}
"""What the core takes of `base`: places and diagnostics, and functions on texts that know no file."""
CORE_LINES = 3898
"""The core only gets smaller: lower this number, never raise it."""
ONLY = {
    "click": ("cli",),
    "duckdb": ("population", "load/cases/parquet.py"),
    "durable_rules_engine": ("core/rules/matcher.py",),
    "argon2": ("serve/accounts.py",),
    "fastapi": ("serve",),
    "jinja2": ("report", "serve/studio"),
    "jsonschema": ("load/policies/schema.py",),
    "lsprotocol": ("editor/protocol.py", "editor/server.py", "editor/session.py"),
    "markdown_it": ("report",),
    "openpyxl": ("load/cases/workbook", "report/xlsx", "report/tables/xlsx.py"),
    "pygls": ("editor/protocol.py", "editor/server.py", "editor/session.py"),
    "pyspark": ("population/spark",),
    "rich": ("report", "cli"),
    "ruamel": ("load/policies/format.py",),
    "sqlglot": ("population/spark",),
    "docx": ("report/tables/docx.py",),
    "docxtpl": ("report/forms/template.py",),
    "subprocess": ("versions/git.py", "cli/pdf.py"),
    "prometheus_client": ("serve/metrics.py", "serve/api/health.py"),
    "starlette": ("serve",),
    "uvicorn": ("serve/server.py", "serve/connections.py"),
    "watchfiles": ("cli/test.py",),
    "z3": ("proof",),
    "yaml": ("base", "editor/edits.py", "load/policies/format.py"),
}
"""The places that may import a library."""
EVERY = sorted(ENGINE.rglob("*.py"))
MODULES = [path for path in EVERY if path.relative_to(ENGINE).parts[0] in ROOMS]


def name_of(path: Path) -> str:
    return path.relative_to(ENGINE).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The modules that a module imports, inside functions too."""
    return tuple(imports_of(tree_of(path)))


def imports_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module="engine", names=names):
                yield from (f"engine.{name.name}" for name in names)
            case ast.ImportFrom(module=str() as module):
                yield module


def place(parts: tuple[str, ...]) -> tuple[int, ...]:
    """Where a module stands in the order of rooms, and in that of its room."""
    room, *rest = parts
    inside = INSIDE.get(room, ())
    return (ROOMS.index(room), inside.index(rest[0]) if rest and rest[0] in inside else -1)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_one_way(path: Path) -> None:
    here = path.relative_to(ENGINE).with_suffix("").parts
    for module in imports(path):
        there = tuple(module.split(".")[1:])
        if module.split(".")[0] != "engine" or not there or there[0] not in ROOMS:
            continue
        assert place(there) <= place(here), f"{name_of(path)} imports {module}, which comes after it"
        if here[0] == "core" and there[0] == "base":
            assert there[1] in OF_BASE, f"{name_of(path)} imports {module}"


@pytest.mark.parametrize("library", sorted(ONLY))
def test_a_library_is_imported_in_its_home_only(library: str) -> None:
    importing = {name_of(path) for path in EVERY if any(name.split(".")[0] == library for name in imports(path))}
    strays = {name for name in importing if not name.startswith(ONLY[library])}
    assert not strays
    assert importing, f"nothing imports {library} any more"


def test_the_core_reads_no_file_and_knows_no_format() -> None:
    known = re.compile(r"\bopen\(|read_text|read_bytes|\bPath\(|import yaml|jsonschema")
    for path in (ENGINE / "core").rglob("*.py"):
        assert not known.search(path.read_text("utf-8")), name_of(path)


def test_the_core_has_no_vietnamese_letter() -> None:
    """What people write and read is in `engine/words`."""
    letter = re.compile("[\u00c0-\u1ef9]")
    for path in (ENGINE / "core").rglob("*.py"):
        assert not letter.search(path.read_text("utf-8")), name_of(path)


def test_the_core_only_gets_smaller() -> None:
    assert sum(len(path.read_text("utf-8").splitlines()) for path in (ENGINE / "core").rglob("*.py")) <= CORE_LINES


def test_only_base_reads_files() -> None:
    """Schemas, templates and words are the engine's own data."""
    reading = {name_of(path) for path in MODULES if re.search(r"\.read_text\(|\.read_bytes\(", path.read_text("utf-8"))}
    assert {name for name in reading if not name.startswith("base/")} <= {
        "load/policies/schema_files.py", "report/templating.py", "versions/revisions.py", "versions/opening.py",
        "cli/init.py", "cli/changelog.py",
    }  # fmt: skip


def test_only_the_command_prints_and_exits() -> None:
    calls = re.compile(r"\bprint\(|click\.echo\(|sys\.exit\(|sys\.stdout")
    assert {name_of(path).split("/")[0] for path in MODULES if calls.search(path.read_text("utf-8"))} <= {"cli"}


def test_no_two_public_classes_of_a_room_share_a_name() -> None:
    """Those listed still do: shorten the list."""
    homes: dict[tuple[str, str], list[str]] = {}
    for path in MODULES:
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault((name_of(path).split("/")[0], node.name), []).append(name_of(path))
    shared = {name for name, where in homes.items() if len(where) > 1}
    assert shared <= SHARED


SHARED: set[tuple[str, str]] = set()


def test_no_word_of_a_regulation_is_in_the_engine() -> None:
    words = re.compile(
        r"excellent|disciplin|xuất sắc|kỷ luật|khởi tố|\bgood\b(?! and| where| if| ratio)|leadership|124|\b20 ?%"
        r"|đảng viên",
        re.IGNORECASE,
    )
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in sorted([*EVERY, *ENGINE.rglob("*.yaml")])
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_module_is_long() -> None:
    """Those over 400 lines are to be split; the list only gets shorter."""
    long = {name_of(path) for path in EVERY if len(path.read_text("utf-8").splitlines()) > 400}
    assert long <= LONG


LONG: set[str] = set()


def test_no_class_and_no_function_is_long() -> None:
    """Classes over 250 lines and functions over 60 are to be split; the list only gets shorter."""
    long = {
        f"{name_of(path)}: {node.name}"
        for path in EVERY
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.end_lineno
        and node.end_lineno - node.lineno >= (250 if isinstance(node, ast.ClassDef) else 60)
    }  # fmt: skip
    assert long <= LONG_PARTS


LONG_PARTS: set[str] = set()


def test_imports_stand_at_the_head_of_modules() -> None:
    """But for the verbs, for what an extra brings, and for what would cost every run the time that few need."""
    inside = {
        (name_of(path), module)
        for path in EVERY
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef)
        for module in imports_of(node)
        if module.split(".")[0] not in EXTRAS
    }
    assert inside <= LAZY


EXTRAS = {"docx", "duckdb", "openpyxl", "py4j", "pyspark", "ruamel", "watchfiles"}
LAZY = {
    ("cli/__init__.py", "engine.cli.extras"),
    ("cli/__init__.py", "engine.cli.opening"),
    ("cli/__init__.py", "engine.cli.outputs"),
    ("cli/docs.py", "engine.report.regulation.documents"),
    ("cli/check.py", "engine.report.forms.filling"),
    ("cli/explain.py", "engine.report.html.explain"),
    ("cli/form.py", "engine.report.forms.run"),
    ("cli/docs.py", "engine.report.html.document"),
    ("cli/help.py", "engine.cli.extras"),
    ("cli/serve.py", "engine.serve.access"),
    ("cli/serve.py", "engine.serve.accounts"),
    ("cli/user.py", "engine.serve.accounts"),
    ("cli/serve.py", "engine.serve.server"),
    ("cli/serve.py", "engine.serve.settings"),
    ("cli/lsp.py", "engine.editor.server"),
    ("cli/population.py", "engine.population.spark.results"),
    ("cli/population.py", "engine.population.spark.run"),
    ("cli/population.py", "engine.report.html.population"),
    ("cli/progress.py", "rich"),
    ("core/rules/matcher.py", "durable_rules_engine"),
    ("load/policies/schema.py", "jsonschema"),
    ("load/policies/schema.py", "jsonschema.exceptions"),
    ("load/policies/schema.py", "referencing"),
    ("load/policies/schema.py", "referencing.jsonschema"),
    ("proof/process.py", "engine.proof.solving"),
    ("report/document.py", "engine.report.html.document"),
    ("report/results.py", "engine.report.html.cases"),
    ("report/document.py", "rich"),
    ("report/document.py", "rich.console"),
    ("report/document.py", "rich.table"),
    ("versions/opening.py", "engine.load.policies.library"),
    ("versions/opening.py", "engine.versions.overlay"),
}
"""Shorten the list, or say why it grows. Some need the extra `html` or `spark`; rich, jsonschema and the reader of YAML
take longer to import than most runs take."""


def test_every_module_says_what_it_is_for() -> None:
    assert not [name_of(path) for path in EVERY if not ast.get_docstring(tree_of(path))]


def names_of_modules(room: str) -> set[str]:
    """What a test in the folder of a room may be called after: `html_cases` for `html/cases`, `html` for the folder."""
    paths = [path.relative_to(ENGINE / room).with_suffix("").parts for path in (ENGINE / room).rglob("*.py")]
    return {"_".join(parts[start:end]) for parts in paths for start in range(len(parts))
            for end in range(start + 1, len(parts) + 1)}  # fmt: skip


def test_tests_are_named_after_the_module_that_they_test() -> None:
    """`tests/<room>/test_<module>.py`; those listed test several modules by what these do together."""
    others = {
        path.relative_to(TESTS).as_posix()
        for room in ROOMS
        for path in (TESTS / room).rglob("test_*.py")
        if path.stem.removeprefix("test_") not in names_of_modules(room)
    }
    assert others <= OF_SEVERAL, "name it after its module"
    assert others == OF_SEVERAL, "shorten the list"


OF_SEVERAL = {
    "cli/test_commands.py",
    "cli/test_hostile_folder.py",
    "core/test_conditional_quotas.py",
    "core/test_durable_rules_traps.py",
    "core/test_large_regulation.py",
    "core/test_ranges.py",
    "core/test_what_bars.py",
    "editor/test_properties.py",
    "editor/test_while_typing.py",
    "load/test_broken.py",
    "load/test_leftovers.py",
    "load/test_limits.py",
    "load/test_personal_data.py",
    "load/test_thirty_mistakes.py",
    "population/test_alike.py",
    "population/test_likeness.py",
    "population/test_spark_missing.py",
    "population/test_tables.py",
    "proof/test_properties_not_seen_before.py",
    "report/test_diagnostic_pages.py",
    "report/test_injection.py",
    "serve/test_hostile.py",
    "serve/test_killed_while_saving.py",
    "serve/test_studio_roles.py",
    "versions/test_one_edit.py",
}
"""The list only gets shorter."""


def test_no_test_imports_a_test() -> None:
    """What tests share is in `tests/support`."""
    for path in TESTS.rglob("*.py"):
        named = {part for module in imports(path) for part in module.split(".")}
        assert not named & {"tests", *TEST_NAMES}, path


TEST_NAMES = {path.stem for path in TESTS.rglob("test_*.py")}
