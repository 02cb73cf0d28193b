"""The engine's shape: imports go one way, each ability lives in one module, and no word of a regulation is in it."""

import ast
import re
from pathlib import Path

import pytest

ENGINE = Path(__file__).parent.parent / "engine"
ORDER = [
    "likeness",
    "letters",
    "terminal",
    "json_places",
    "diagnostics",
    "findings",
    "nearness",
    "misspellings",
    "file_kinds",
    "json_breaks",
    "yaml_breaks",
    "sources",
    "paths",
    "hashing",
    "formulas",
    "folders",
    "writing",
    "model",
    "rules",
    "values",
    "schema",
    "parser",
    "vocabulary",
    "conditions",
    "domains",
    "rulesets",
    "compiler",
    "periods",
    "checker",
    "layers",
    "matcher",
    "completions",
    "cases",
    "decoding",
    "records",
    "outcomes",
    "reach",
    "decisions",
    "readings",
    "cohorts",
    "remarks",
    "diagnostic_pages",
    "house_style",
    "diagnostic_reports",
    "evaluation",
    "reading",
    "api",
    "columns",
    "escapes",
    "spellings",
    "layouts",
    "rows",
    "queries",
    "classes",
    "portions",
    "sql_target",
    "population",
    "totals",
    "spark_sql",
    "spark_cases",
    "spark_target",
    "changes",
    "explanation",
    "pivots",
    "skeletons",
    "answers",
    "tables",
    "delimited",
    "parquet",
    "workbooks",
    "questions",
    "coverage",
    "reasoning",
    "witnesses",
    "directions",
    "quota_directions",
    "differences",
    "loosening",
    "library",
    "cache",
    "changelog",
    "impact",
    "large",
    "large_impact",
    "sensitivity",
    "reading_queries",
    "large_sensitivity",
    "reporter",
    "policy_tests",
    "test_reports",
    "git",
    "revisions",
    "overwriting",
    "verification",
    "tracing",
    "case_schema",
    "cli",
]
MODULES = sorted(path for path in ENGINE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))
EVERY = sorted(ENGINE.rglob("*.py"))


def stage(path: Path) -> str:
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The engine's modules that a module imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        elif isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        found |= {parts[1] for name in names if (parts := name.split("."))[0] == "engine" and len(parts) > 1}
    return found & set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_go_one_way(path: Path) -> None:
    here = ORDER.index(stage(path))
    late = [name for name in imported(path) if ORDER.index(name) >= here and name != stage(path)]
    assert not late, f"{stage(path)} imports {late}, which come after it"


def test_only_the_matcher_knows_durable_rules() -> None:
    knowing = [path.name for path in EVERY if re.search(r"import durable|from durable", path.read_text("utf-8"))]
    assert knowing == ["matcher.py"]


def test_only_sources_reads_files() -> None:
    """Messages, schemas and phrases are the engine's own data, `revisions` unpacks what git gives, and `cache` keeps
    what was read."""
    reading = {
        stage(path) for path in EVERY if re.search(r"\.read_text\(|\.read_bytes\(|\bopen\(", path.read_text("utf-8"))
    }
    assert reading <= {"sources", "diagnostics", "schema", "reporter", "revisions", "cache", "writing", "cli"}


def test_only_the_command_prints_and_exits() -> None:
    calls = re.compile(r"\bprint\(|click\.echo\(|sys\.exit\(|sys\.stdout")
    assert {stage(path) for path in EVERY if calls.search(path.read_text("utf-8"))} <= {"cli"}


def test_no_word_of_a_regulation_is_in_the_engine() -> None:
    words = re.compile(
        r"excellent|disciplin|xuất sắc|kỷ luật|khởi tố|\bgood\b(?! and| where| ratio)|leadership|124|\b20 ?%|đảng viên",
        re.IGNORECASE,
    )
    found = [
        f"{path.relative_to(ENGINE)}:{number}: {line.strip()}"
        for path in sorted([*EVERY, *ENGINE.rglob("*.yaml")])
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_module_is_long() -> None:
    long = {path.name: lines for path in EVERY if (lines := len(path.read_text("utf-8").splitlines())) > 700}
    assert not long


def test_every_module_says_what_it_is_for() -> None:
    assert not [path.name for path in EVERY if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
