"""`population --on spark` where what it needs is not there: one plain line, and nothing is begun."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli.population import population


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    file = tmp_path / "cases.ndjson"
    file.write_text("{}\n", encoding="utf-8")
    return file


def on_spark(*arguments: str) -> Result:
    return CliRunner().invoke(population, [*arguments, "--on", "spark"])


def with_packages(monkeypatch: pytest.MonkeyPatch, *, there: bool) -> None:
    monkeypatch.setattr("engine.base.extras.find_spec", lambda name: object() if there else None)


def test_the_extra_is_named(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(monkeypatch, there=False)
    result = on_spark(str(cases))
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)


def test_java_is_named(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_packages(monkeypatch, there=True)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    result = on_spark(str(cases))
    assert result.exit_code == 3 and len(result.output.splitlines()) == 1
    assert "openjdk-17-jre-headless" in result.output


@pytest.mark.parametrize("arguments", [("cases.csv",), ("cases.parquet",), ("cases.ndjson", "--format", "xlsx")])
def test_what_spark_does_not_take_is_wrong_usage(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_packages(monkeypatch, there=True)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.touch(mode=0o755)
    assert on_spark(*arguments).exit_code == 2
