"""`xeploai docs` by its real entry point: the documents against the YAML, their links, that they are harmless.

A small invented regulation is kept as golden files; UPDATE_GOLDEN=1 writes them again.
"""

import os
import re
import shutil
from collections.abc import Iterator
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import ROOT, TESTS, command
from support.command import Completed

POLICIES = ROOT / "policies"
BASE = TESTS / "broken" / "base"
GOLDEN = TESTS / "golden" / "docs"


def run(*arguments: str | Path) -> Completed:
    return command.run("docs", *arguments)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    done = run("-o", folder)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(list(folder.rglob("*.*")))
    return folder


def text_of(made: Path, language: str, name: str = "qd-124-2023.md") -> str:
    return (made / language / name).read_text(encoding="utf-8")


def pages(made: Path) -> list[Path]:
    return sorted(made.rglob("*.html"))


def policy(path: str) -> Any:
    return yaml.safe_load((POLICIES / path).read_text(encoding="utf-8"))


def test_every_page_is_there_in_both_languages_and_forms(made: Path) -> None:
    names = {f"{name}{suffix}" for name in ("index", "codes", "qd-124-2023") for suffix in (".html", ".md")}
    for language in ("vi", "en"):
        assert names <= {path.name for path in (made / language).iterdir()}


def test_every_link_leads_somewhere(made: Path) -> None:
    for path in pages(made):
        html = path.read_text(encoding="utf-8")
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(ids) == len(set(ids)), path
        for target in re.findall(r'href="([^"]+)"', html):
            if target.startswith("#"):
                assert target[1:] in ids, (path, target)
            elif not target.startswith("http"):
                assert (path.parent / target).is_file(), (path, target)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_everything_that_the_policy_says_is_in_the_document(made: Path, language: str) -> None:
    text = text_of(made, language)
    plain = re.sub(r"\\(.)", r"\1", text)

    def labels(node: Any) -> Iterator[tuple[str, str]]:
        if isinstance(node, dict):
            if isinstance(node.get("id"), str) and isinstance(node.get("label"), dict):
                yield node["id"], node["label"][language]
            for value in node.values():
                yield from labels(value)
        elif isinstance(node, list):
            for value in node:
                yield from labels(value)

    for file in sorted((POLICIES / "qd-124-2023").rglob("*.yaml")):
        beside = ("announcement.yaml", "forms.yaml", "regulation.properties.yaml")
        if file.name.endswith(".test.yaml") or "cases" in file.parts or file.name in beside:
            continue
        for name, label in labels(policy(str(file.relative_to(POLICIES)))):
            if name not in (file.stem, "qd-124-2023"):
                assert " ".join(label.split()) in plain, (file.name, name)
    for interpretation in policy("qd-124-2023/regulation.yaml")["interpretations"]:
        assert " ".join(interpretation["question"][language].split()) in plain
        chosen = "đang chọn" if language == "vi" else "chosen"
        assert re.search(rf"\(`{interpretation['chosen']}`\) – \*\*{chosen}\*\*", text)
    for quote in re.findall(r'quote: "([^"]+)"', (POLICIES / "qd-124-2023" / "triggers.yaml").read_text("utf-8")):
        assert quote in plain


def test_a_ladder_marks_the_grades_that_ask_for_a_criterion(made: Path) -> None:
    ladder = policy("qd-124-2023/grades/individual.yaml")
    text = text_of(made, "en")
    for place, rung in enumerate(ladder["rungs"]):
        for criterion in rung["criteria"]:
            (row,) = re.findall(rf"^\| \[[^|]*\(#rule-individual\.{rung['grade']}\.{criterion['id']}\).*$", text, re.M)
            marks = [cell.strip() for cell in row.split("|")[2:-1]]
            inherited = criterion.get("inherited", True)
            expected = ["✓" if at == place or (at < place and inherited) else "" for at in range(len(ladder["rungs"]))]
            assert marks == expected, row


def test_the_quota_is_worked_out_rightly(made: Path) -> None:
    percent = policy("qd-124-2023/quotas.yaml")["parameters"][0]["values"][0]["value"]
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text_of(made, "en"), re.M)
    assert len(rows) >= 5
    for base, *limits in (map(int, row) for row in rows):
        share = percent * base / 100
        assert limits == [floor(share), floor(share + 0.5), ceil(share)]
    assert any(int(base) % 5 == 4 for base, *_ in rows), "a base just below a step is shown"


def test_a_rule_that_is_off_says_so(made: Path) -> None:
    off = r"Member suspended from committee activity\*\*\n(?:    .*\n)*?    - Only where “No” is chosen .* – ..off"
    assert re.search(off, text_of(made, "en"))


def test_html_says_what_markdown_says(made: Path) -> None:
    from markdown_it import MarkdownIt

    for path in pages(made):
        markdown = path.with_suffix(".md").read_text(encoding="utf-8").replace(".md)", ".html)")
        body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
        html = path.read_text(encoding="utf-8")

        def words(text: str) -> list[str]:
            return re.sub(r"<[^>]+>", " ", text).split()

        assert words(body) == words(html[html.index('<main class="document">') :])


def test_a_page_fetches_and_runs_nothing(made: Path) -> None:
    for path in pages(made):
        html = path.read_text(encoding="utf-8")
        assert "default-src &#39;none&#39;" in html
        assert not re.search(r"<script|<img|<iframe|<link|\son\w+=|\sstyle=|url\(|@import", html), path


def test_markup_in_a_label_stays_text(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(BASE, policies)
    file = policies / "small" / "contents.yaml"
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) **đậm** | `mã` # a_b_c"
    file.write_text(
        file.read_text("utf-8").replace("{vi: Gương mẫu, en: Conduct}", f'{{vi: "{hostile}", en: Conduct}}'), "utf-8"
    )
    assert run("-o", tmp_path / "out", "--policies", policies, "--lang", "vi").returncode == 0
    html = (tmp_path / "out" / "vi" / "small.html").read_text(encoding="utf-8")
    assert "<script>" not in html and 'href="javascript' not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1)) **đậm** | `mã` # a_b_c" in html


def test_one_language_and_one_form_can_be_asked_for(tmp_path: Path) -> None:
    assert run("-o", tmp_path, "--lang", "en", "--format", "markdown", "--policies", BASE).returncode == 0
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")} == {
        "en/index.md", "en/codes.md", "en/small.md",
    }  # fmt: skip


def test_policies_with_mistakes_are_not_rendered(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "policies")
    file = tmp_path / "policies" / "small" / "ladder.yaml"
    file.write_text(file.read_text("utf-8").replace("parameter: done_percent", "parameter: done_percnt"), "utf-8")
    done = run("-o", tmp_path / "out", "--policies", tmp_path / "policies")
    assert done.returncode == 1
    assert "parameter/unknown" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_link_that_leads_nowhere_is_an_error() -> None:
    from engine.report.regulation.documents import broken_references

    assert broken_references('<a id="a"></a>[x](#a) [y](#b)') == {"b"}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_small_regulation_reads_as_kept(language: str, tmp_path: Path) -> None:
    assert run("-o", tmp_path, "--lang", language, "--format", "markdown", "--policies", BASE).returncode == 0
    kept, made = GOLDEN / f"small.{language}.md", (tmp_path / language / "small.md").read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(made, encoding="utf-8")
    assert made == kept.read_text(encoding="utf-8")
