"""The sums of a population as a page, as made by the command: its figures, that it is harmless and names nobody, and
how it stands in a real browser."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.browsers import CONTRAST, in_browser
from support.command import run
from support.pages import HOSTILE, ROOT, TEMPLATES, Element, Tree, run_after

from bench import generate
from engine.report.html import population as population_html
from engine.report.html.population import MORE_CAPTIONS
from engine.report.population import figure

PERSON = "Người Không Có Thật"
MARKUP = "</style><b>nhóm & bạn {{ 7 * 7 }}"
BROKEN = 24


@dataclass(frozen=True)
class Report:
    path: Path
    html: str
    tree: Element
    sums: dict[str, Any]
    language: str

    def number(self, text: str) -> int:
        return int(re.sub(r"[.,]", "", text))

    def section(self, name: str) -> Element:
        return self.tree.only("section", id=name)

    def chart(self, section: str, place: int = 0) -> dict[str, int]:
        table = list(self.section(section).every("table", class_="chart"))[place]
        return {
            row.only("th").text: self.number(row.only("td", class_="number").text)
            for row in table.only("tbody").every("tr")
        }


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated cases with gaps; one made of markup; heads above their units; some that cannot be judged."""
    lines = "".join(generate.blocks(ROOT / "policies", 300)).splitlines()
    odd = json.loads(lines[0])
    odd["case_id"] = HOSTILE
    odd["subject"] |= {"id": "S-odd", "cohort": MARKUP, "name": PERSON}
    unit = json.loads(next(line for line in lines if '"kind":"organization"' in line))
    head = json.loads(next(line for line in lines if '"kind":"head"' in line))
    unit |= {"case_id": "U", "grades": {"decided": "completed", "decided_on": "2024-12-20"}}
    unit["subject"]["id"] = "U-1"
    head |= {"case_id": "H", "grades": {"decided": "excellent", "decided_on": "2024-12-10"}}
    head["subject"] |= {"id": "H-1", "heads": "U-1"}
    lines += [json.dumps(one, ensure_ascii=False) for one in (odd, unit, head)]
    # So short that a frame around the mistake would show all of it.
    lines.append(json.dumps({"case_id": "K", "subject": {"name": PERSON}}, ensure_ascii=False))
    for number in range(1, BROKEN):
        data = json.loads(lines[number])
        data |= {"case_id": f"<i>hỏng {number}</i>"}
        data["subject"] |= {"name": PERSON}
        data["facts"]["taskz"] = {"assigned": 1}
        lines.append(json.dumps(data, ensure_ascii=False))
    path = tmp_path_factory.mktemp("population") / "cases.ndjson"
    path.write_text("\n".join([*lines, "{"]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module", params=["vi", "en"])
def report(request: pytest.FixtureRequest, cases: Path) -> Report:
    path, folder = cases.parent / f"{request.param}.html", cases.parent / request.param
    switches = ["--interpretation", "small_group_relief=one_allowed", "--interpretation", "leader_numbers=qd_89_2017"]
    done = run("population", cases, "--lang", request.param, "--html", path, "-o", folder, *switches)
    assert done.returncode == 1, done.stderr
    # The terminal has them too.
    assert done.stdout.count("\n    · ") > 3
    html = path.read_text("utf-8")
    sums = json.loads((folder / "summary.json").read_text("utf-8"))
    return Report(path, html, Tree(html).open[0], sums, request.param)


# --- what it says ---------------------------------------------------------------------------------------------------


def test_cases_in_are_cases_judged_and_cases_set_aside(report: Report) -> None:
    sums = report.sums
    assert sums["cases"] == 303 + BROKEN + 1 == sums["judged"] + sums["rejected"]
    balance = next(report.section("summary").every("p")).text
    assert list(map(report.number, re.findall(r"[\d.,]*\d", balance))) == [
        sums["cases"], sums["judged"], sums["rejected"],
    ]  # fmt: skip
    shown = [one.only("strong").text for one in report.tree.only("ul", class_="figures").every("li")]
    outcomes = [(one["possible"], one["cases"]) for one in sums["outcomes"]]
    assert list(map(report.number, shown)) == [
        sums["judged"],
        sums["to_clarify"],
        sum(many for possible, many in outcomes if len(possible) > 1 or possible == ["undetermined"]),
        sum(many for possible, many in outcomes if possible[0] in ("not_reviewed", "not_graded")),
        sum(one["status"] == "exceeded" for one in sums["cohorts"]),
        sum(one["status"] == "unknown" for one in sums["cohorts"]),
        sum(one.get("broken", 0) for one in sums["links"]),
        sums["rejected"],
    ]
    assert min(map(report.number, shown)) > 0


def test_the_grades_of_each_kind_are_those_of_the_summary(report: Report) -> None:
    kinds = {one["kind"] for one in report.sums["outcomes"]}
    tables = list(report.section("kinds").every("table"))
    assert len(tables) == len(kinds) == 6
    counted = sum(sum(report.chart("kinds", place).values()) for place in range(6))
    assert counted == report.sums["judged"] == sum(report.chart("summary").values())
    for place, table in enumerate(tables):
        whole = report.number(table.only("caption").text.rsplit("(", 1)[1].rstrip(")"))
        assert whole == sum(report.chart("kinds", place).values())
    best = [one for one in report.sums["outcomes"] if one["possible"] == ["excellent"]]
    assert next(iter(report.chart("summary").values())) == sum(one["cases"] for one in best)


@pytest.mark.parametrize(("section", "place", "key"), [("duties", 0, "findings"), ("duties", 1, "open_findings"),
    ("duties", 2, "left_out"), ("missing", 0, "missing"), ("rejected", 0, "codes")])  # fmt: skip
def test_counts_by_rule_and_fact_are_those_of_the_summary(report: Report, section: str, place: int, key: str) -> None:
    expected = [one["cases"] for one in report.sums[key]]
    assert list(report.chart(section, place).values()) == expected[: population_html.MOST_FACTS] != []


def test_each_quota_counts_its_cohorts_and_names_those_that_exceed(report: Report) -> None:
    quotas = report.sums["cohorts"]
    section = report.section("cohorts")
    rows = [[one.text for one in row.every("td")] for row in section.only("tbody").every("tr")]
    counts = [sum(one["status"] == key for one in quotas) for key in ("within", "exceeded", "unknown")]
    assert rows == [[str(len(quotas)), *map(str, counts)]]
    lists = [[one.text for one in each.every("li")] for each in section.every("ul", class_="said")]
    said, conditional = ([text for text in texts if not text.startswith("· ")] for texts in lists)
    waiting = [one for one in quotas if one["status"] == "unknown"]
    assert len(conditional) == len(waiting) > 0
    for one in waiting:
        cohort = dict(one["cohort"])["subject.cohort"]
        text = next(text for text in conditional if cohort in text)
        assert text.startswith("? ") and f" {one['waiting']} " in text and len(one["ways"]) > 1
        assert all(f": {way['count']}, " in text for way in one["ways"])
    exceeded = sorted((one for one in quotas if one["status"] == "exceeded"), key=lambda one: -one["excess"])
    assert len(said) == len(exceeded) >= 3
    for text, one in zip(said, exceeded, strict=True):
        assert text.startswith("✗ ") and re.search(rf"\b{one['excess']}\b", text)
    for one in exceeded:
        cohort = dict(one["cohort"])["subject.cohort"]
        assert any(cohort in text and f"{one['count']}, " in text for text in said)


def test_below_a_cohort_stands_what_its_other_readings_would_make_of_it(report: Report) -> None:
    shown: dict[str, list[str]] = {}
    lists = report.section("cohorts").every("ul", class_="said")
    for text in (item.text for each in lists for item in each.every("li")):
        if text.startswith("· "):
            shown[list(shown)[-1]].append(text)
        else:
            shown[text] = []
    looked_at = [one for one in report.sums["cohorts"] if one["status"] != "within"]
    assert len(shown) == len(looked_at) and any(one["readings"] for one in looked_at)
    for one in looked_at:
        cohort = dict(one["cohort"])["subject.cohort"]
        # That every other reading gives the same figures is said as well.
        (readings,) = [below for text, below in shown.items() if cohort in text and f": {one['count']}, " in text]
        assert len(readings) == max(len(one["readings"]), 1)
        for text, reading in zip(readings, one["readings"], strict=False):
            assert f": {reading['count']}, " in text and re.search(rf"\b{reading['limit']}\b", text)


def test_links_with_the_pairs_that_are_broken(report: Report) -> None:
    rows = [[report.number(one.text) for one in row.every("td")] for row in report.section("links").every("tr")][1:]
    assert rows == [[one.get(key, 0) for key in ("kept", "broken", "unknown")] for one in report.sums["links"]]
    pairs = [one.text for one in report.section("links").every("li")]
    assert len(pairs) == 1 and "H" in pairs[0] and "U-1" in pairs[0]


def test_assumed_rules_and_readings_that_it_rests_on(report: Report) -> None:
    basis = report.section("basis")
    assumed = [one.text for one in basis.only("ul", class_="said").every("li")]
    numbers = [figure(one["cases"], report.language) for one in report.sums["assumed"]]
    assert len(assumed) == len(numbers) + 1 >= 3
    for text, number in zip(assumed, numbers, strict=False):
        assert f" {number} " in text
    small = sum(bool(one["relief"]) for one in report.sums["cohorts"])
    assert f" {small} " in assumed[-1]
    switched = [row.text for row in basis.every("tr") if list(row.every("strong"))]
    assert ["small_group_relief" in one or "leader_numbers" in one for one in switched] == [True, True]


def test_the_first_of_those_set_aside_are_told_and_how_many_more(report: Report) -> None:
    section = report.section("rejected")
    assert [one.text for one in section.every("h3")] == [
        "K", *(f"<i>hỏng {number}</i>" for number in range(1, 20)),
    ]  # fmt: skip
    first = " ".join(one.text for one in list(section.every("pre"))[:2])
    assert f"{report.path.parent / 'cases.ndjson'}:305:" in first and "fact/unknown" in first
    assert f" {BROKEN + 1 - 20} " in list(section.every("p"))[-1].text


def test_every_citation_leads_to_its_source(report: Report) -> None:
    sources = {
        row.attributes["id"]: row for row in report.tree.only("table", class_="sources").every("tr", tabindex="-1")
    }
    cited = list(report.tree.every("a", class_="cite"))
    assert {one.attributes["href"] for one in cited} == {f"#{name}" for name in sources}
    assert all(sources[one.attributes["href"][1:]].only("th").text in one.text for one in cited)


# --- that it is harmless ----------------------------------------------------------------------------------------------


def test_nobody_is_named_and_what_a_case_says_is_text(report: Report) -> None:
    assert PERSON not in report.html
    assert "B-00000001" not in report.html, "cases that are in order are only counted"
    everything = list(report.tree.every())
    assert not [one for one in everything if one.tag in ("script", "img", "b", "i") and not one.attributes.get("class")]
    assert len(list(report.tree.every("style"))) == 1
    assert not [name for one in everything for name in one.attributes if name.startswith("on") or name == "style"]
    assert not [one for one in everything if {"src", "srcset", "data", "action"} & set(one.attributes)]
    ids = [one.attributes["id"] for one in everything if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    inner = {one.attributes["href"][1:] for one in report.tree.every("a") if one.attributes["href"].startswith("#")}
    assert inner <= set(ids)


def test_ids_made_of_markup_are_text(cases: Path, tmp_path: Path) -> None:
    lines = [one for one in cases.read_text("utf-8").splitlines() if '"case_id": "<script' in one]
    (tmp_path / "cases.ndjson").write_text("\n".join([*lines, *lines]), "utf-8")
    run("population", tmp_path / "cases.ndjson", "--html", tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text("utf-8")
    page = Tree(html).open[0]
    assert HOSTILE in [one.text for one in page.every("h3")]
    assert "<script>" not in html and "{{" not in html and not list(page.every("b"))


def test_only_its_own_style_may_act(report: Report) -> None:
    metas = [one.attributes for one in report.tree.every("meta")]
    policy = next(one["content"] for one in metas if one.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", report.html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_same_cases_give_the_same_bytes_whatever_the_referee_and_threads(report: Report, cases: Path) -> None:
    again = cases.parent / "again.html"
    switches = ["--interpretation", "small_group_relief=one_allowed", "--interpretation", "leader_numbers=qd_89_2017"]
    run(
        "population", cases, "--lang", report.language, "--html", again, "--referee", "3", "--threads", "1", *switches,
        env={"TZ": "Asia/Tokyo"},
    )  # fmt: skip
    assert again.read_bytes() == report.path.read_bytes()


# --- its edges ----------------------------------------------------------------------------------------------------


def test_every_caption_is_used_and_takes_the_same_words_in_both_languages() -> None:
    used = "".join((TEMPLATES / name).read_text("utf-8") for name in ("population.html.jinja", "results.html.jinja"))
    used += (ROOT / "engine" / "report" / "html" / "population.py").read_text("utf-8")
    for name, text in MORE_CAPTIONS.items():
        assert sorted(re.findall(r"{(\w+)}", text["vi"])) == sorted(re.findall(r"{(\w+)}", text["en"]))
        assert re.search(rf"[\"']{name}[\"']", used), name


@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_too_much_for_a_page_is_counted(cases: Path, tmp_path: Path, language: str) -> None:
    few = "import engine.report.html.population as page; page.MOST_COHORTS = 1; page.MOST_FACTS = 2"
    run_after(few, "population", cases, "--html", tmp_path / "new" / "few.html", "-o", tmp_path, "--lang", language)
    page = Tree((tmp_path / "new" / "few.html").read_text("utf-8")).open[0]
    sums = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    counts = list(page.only("section", id="cohorts").only("tbody").every("td"))
    exceeded = int(counts[2].text)
    for section, shown, more in (("cohorts", "li", exceeded - 1), ("missing", "td", len(sums["missing"]) - 2)):
        there = page.only("section", id=section)
        # Beside the one that exceeds, the one that is conditional.
        items = [one.text for one in there.every(shown) if not one.text.startswith("· ")]
        assert len(items) == (2 if shown == "li" else 2 * 2)
        assert more > 1 and any(f" {more} " in one.text for one in there.every("p"))


def test_several_regulations_and_none_have_their_page(cases: Path, tmp_path: Path) -> None:
    lines = cases.read_text("utf-8").splitlines()[:40]
    old = [one.replace('"2024-12-31"', '"2022-12-31"').replace('"2024"', '"2022"') for one in lines[20:]]
    (tmp_path / "two.ndjson").write_text("\n".join([*lines[:20], *old]), "utf-8")
    (tmp_path / "none.ndjson").write_text("{\n", "utf-8")
    for name in ("two", "none"):
        done = run("population", tmp_path / f"{name}.ndjson", "--html", tmp_path / f"{name}.html", "--lang", "en")
        assert done.returncode == int(name == "none"), done.stderr
    two, none = (Tree((tmp_path / f"{name}.html").read_text("utf-8")).open[0] for name in ("two", "none"))
    captions = [one.text for one in two.only("section", id="summary").every("caption")]
    assert "124-QĐ/TW" in captions[0] and "132-QĐ/TW" in captions[1]
    assert "2022, 2024" in two.only("title").text
    assert not list(none.every("section", id="kinds")) and "json/unclosed" in none.only("pre").text


@pytest.mark.parametrize("missing", ["jinja2"])
def test_without_the_extra_one_plain_line_says_what_to_install(missing: str, cases: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run_after(f"import sys; sys.modules[{missing!r}] = None", "population", cases, "--html", page)
    assert (done.returncode, done.stdout) == (2, "") and missing in done.stderr
    assert not page.exists()


# --- in a browser -----------------------------------------------------------------------------------------------------


@in_browser
def test_it_fits_every_width_and_axe_finds_no_barrier(browser: Any, report: Report) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install 'xeploai[test]'")
    heard: list[str] = []
    context = browser.new_context(viewport={"width": 1400, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(report.path.as_uri())
    beyond = "one => one.getBoundingClientRect().right > innerWidth + 1"
    for width in (1400, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate(f"[...document.querySelectorAll('body *')].filter({beyond}).map(one => one.outerHTML)")
        assert wide == [] and page.evaluate("document.documentElement.scrollWidth") <= width
    assert heard == [report.path.as_uri()]
    for scheme, options in (("light", None), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page, options=options).response
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
        assert "color-contrast" in {one["id"] for one in found["passes"]}
    context.close()


@in_browser
def test_dark_is_dark_and_paper_is_white(browser: Any, report: Report) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(report.path.as_uri())
    background = "getComputedStyle(document.body).backgroundColor"
    assert sum(map(int, re.findall(r"\d+", page.evaluate(background))[:3])) < 120
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")
    context.close()


def test_every_broken_pair_stands_once_and_warnings_have_a_section(cases: Path, tmp_path: Path) -> None:
    lines = cases.read_text("utf-8").splitlines()
    unit = json.loads(next(line for line in lines if '"case_id": "U"' in line))
    head = json.loads(next(line for line in lines if '"case_id": "H"' in line))
    made = []
    for number in (1, 2):
        for case in (unit, head):
            subject = case["subject"] | {"id": f"{case['case_id']}-{number}", "name": PERSON}
            if case is head:
                subject["heads"] = f"U-{number}"
            made.append(case | {"case_id": f"{case['case_id']}{number}", "subject": subject})
    made.append(made[-1] | {"case_id": "H2 again"})
    few = tmp_path / "cases.ndjson"
    few.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in made) + "\n", "utf-8")
    done = run("population", few, "--html", tmp_path / "few.html", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    page = Tree((tmp_path / "few.html").read_text("utf-8")).open[0]
    sums = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    pairs = [f"✗ {case} và {other}" for link in sums["links"] for case, other in link["broken_pairs"]]
    assert len(pairs) > 2 and len(set(pairs)) == len(pairs)
    assert [line.text for line in page.only("section", id="links").every("li")] == pairs
    (warning,) = sums["warnings"]
    warnings = page.only("section", id="warnings").only("pre").text
    assert warning["code"] in warnings and PERSON not in warnings
    assert "warnings" in {link.attributes["href"].lstrip("#") for link in page.only("nav").every("a")}
