"""The HTML report, as made by the command: what it says, that it is harmless, and how it behaves in a real browser.

The browser tests need Chromium (Debian's, or the one that XEPLOAI_CHROMIUM names) and are left out without it.
"""

import base64
import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.browsers import CONTRAST, in_browser
from support.command import run, run_process
from support.pages import HOSTILE, ROOT, TEMPLATES, Element, Tree, flat, run_after
from support.records import full_results

from engine.report.html.cases import CAPTIONS
from engine.report.html.charts import bar

PAGE = ("cases.py", "cohorts.py", "page.py")
CASES = ROOT / "policies" / "qd-124-2023" / "cases"


@dataclass(frozen=True)
class Report:
    path: Path
    html: str
    tree: Element
    json: dict[str, Any]
    text: str


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples, one case made of markup, one that cannot be judged."""
    folder = tmp_path_factory.mktemp("cases")
    for path in CASES.iterdir():
        shutil.copy(path, folder)
    hostile = json.loads((CASES / "08-leader-good.json").read_text(encoding="utf-8"))
    hostile["case_id"] = HOSTILE
    hostile["subject"] |= {
        "id": '"><img src=x onerror=alert(1)>',
        "unit": "{{ 7 * 7 }}",
        "cohort": "</style><b>nhóm & bạn",
    }
    hostile["evidence"]["tasks.completed"] = ["</script><script>alert(1)</script>"]
    (folder / "90-hostile.json").write_text(json.dumps(hostile, ensure_ascii=False), encoding="utf-8")
    broken = {**hostile, "case_id": "<i>HS-hỏng</i>", "as_of": "2001-01-01"}
    (folder / "91-broken.json").write_text(json.dumps(broken, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=["vi", "en"])
def report(request: pytest.FixtureRequest, cases: Path) -> Report:
    path = cases.parent / f"{request.param}.html"
    done = run("evaluate", cases, "--format", "html", "--lang", request.param, "-o", path)
    assert done.returncode == 1, done.stderr
    html = path.read_text(encoding="utf-8")
    results = full_results(run("evaluate", cases, "--format", "json").stdout)
    text = run("evaluate", cases, "--lang", request.param).stdout
    return Report(path, html, Tree(html).open[0], results, flat(text))


def labels_of(report: Report, thing: dict[str, str]) -> str:
    return thing[report.tree.only("html").attributes["lang"]]


# --- what it says ---------------------------------------------------------------------------------------------------


def test_every_case_of_the_run_has_a_row_and_a_section_of_its_own(report: Report) -> None:
    ids = [one["case_id"] for one in report.json["decisions"]]
    assert len(ids) == 20
    rows = list(report.tree.only("table", id="list").only("tbody").every("tr"))
    assert [row.only("a").text for row in rows] == ids
    sections = {one.attributes["id"]: one for one in report.tree.every("article")}
    assert [
        sections[row.attributes["data-case"]].only("h3").text.startswith(f"{name} · ")
        for row, name in zip(rows, ids, strict=True)
    ] == [True] * 20


def test_a_case_that_could_not_be_judged_is_named_with_its_problems(report: Report) -> None:
    section = report.tree.only("section", id="rejected")
    assert section.only("h3").text == "<i>HS-hỏng</i>"
    assert "case/no-regulation-in-force" in section.only("pre").text


def test_the_sentences_are_those_of_the_text_report(report: Report) -> None:
    sentences = [one.text for one in report.tree.every("ul", class_="said") for one in one.every("li")]
    here = [one for one in sentences if not one.startswith("* ")]
    assert len(here) > 100
    assert [one for one in here if one not in report.text] == []
    outcomes = [one.text for one in report.tree.every("p", class_="outcome")]
    assert [one for one in outcomes if one not in report.text] == []
    # And nothing that the text report marks is left out.
    marked = re.findall(r"[✓✗☐] ", report.text)
    assert Counter(mark.strip() for mark in marked) == Counter(one[0] for one in here if one[0] in "✓✗☐")


def test_the_counts_by_grade_are_those_of_the_json(report: Report) -> None:
    chart = next(report.tree.every("table", class_="chart"))
    shown = {row.only("th").text: int(row.only("td", class_="number").text) for row in chart.only("tbody").every("tr")}
    decisions = report.json["decisions"]
    counted = Counter(one["grading"]["grade"] for one in decisions if one["grading"])
    for grade, label in decisions[0]["grade_names"]:
        assert shown.pop(labels_of(report, label)) == counted[grade]
    assert list(shown.values()) == [counted[None], sum(1 for one in decisions if one["grading"] is None)]


def test_the_counts_by_trigger_are_those_of_the_json(report: Report) -> None:
    chart = list(report.tree.every("table", class_="chart"))[1]
    shown = {row.only("th").text: int(row.only("td", class_="number").text) for row in chart.only("tbody").every("tr")}
    counted = Counter(labels_of(report, each["label"]) for one in report.json["decisions"] for each in one["findings"])
    assert shown == dict(counted)
    assert sum(shown.values()) >= 8


def test_each_cohort_shows_its_members_by_grade_and_its_limit_as_in_the_json(report: Report) -> None:
    shown = [one for one in report.json["quotas"] if one["count"] or one["base"] or one["unsettled"]]
    figures = list(report.tree.every("figure"))
    assert len(figures) == len(shown) >= 6
    for figure, quota in zip(figures, shown, strict=True):
        parts = {}
        for part in figure.only("ul", class_="legend").every("li"):
            label, count = part.text.rsplit(": ", 1)
            parts[label] = int(count)
        assert parts[labels_of(report, quota["grade_label"])] == quota["count"]
        assert sum(parts.values()) == quota["size"]
        assert figure.only("text", class_="mark").text.endswith(f" {quota['limit']}")
        assert all(f"{label}: {count}" in figure.only("svg").attributes["aria-label"] for label, count in parts.items())


def test_the_counts_at_the_top_are_those_of_the_json(report: Report) -> None:
    decisions = report.json["decisions"]
    graded = [one for one in decisions if one["grading"]]
    shown = [int(one.only("strong").text) for one in report.tree.only("ul", class_="figures").every("li")]
    assert shown == [
        len(decisions),
        sum(1 for one in decisions if one["findings"]),
        sum(1 for one in graded if one["grading"]["grade"] is None),
        len(decisions) - len(graded),
        len(report.json["rejected"]),
    ]


def test_every_citation_leads_to_its_source_with_what_the_source_says(report: Report) -> None:
    sources = {
        row.attributes["id"]: row for row in report.tree.only("table", class_="sources").only("tbody").every("tr")
    }
    cited = list(report.tree.every("a", class_="cite"))
    assert {one.attributes["href"] for one in cited} == {f"#{name}" for name in sources}
    for one in cited:
        assert sources[one.attributes["href"][1:]].only("th").text in one.text


def test_an_assumption_names_the_cases_that_rest_on_it(cases: Path, tmp_path: Path) -> None:
    page = tmp_path / "one.html"
    switch = "small_group_relief=one_allowed"
    run("evaluate", cases, "--format", "html", "--lang", "en", "--interpretation", switch, "-o", page)
    basis = Tree(page.read_text(encoding="utf-8")).open[0].only("section", id="basis")
    (assumed,) = basis.every("li")
    assert "HS-2024-06" in assumed.text
    assert "; assumed]" in assumed.text


# --- that it is harmless ----------------------------------------------------------------------------------------------


def test_what_a_case_says_is_text_never_markup(report: Report) -> None:
    assert HOSTILE in [one.text for one in report.tree.only("table", id="list").every("a")]
    assert len(list(report.tree.every("script"))) == len(list(report.tree.every("style"))) == 1
    assert not list(report.tree.every("img")) + list(report.tree.every("b"))
    everything = list(report.tree.every())
    assert not [name for one in everything for name in one.attributes if name.startswith("on") or name == "style"]
    assert "{{ 7 * 7 }}" in report.tree.text


def test_nothing_outside_the_file_is_fetched_and_every_inner_link_arrives(report: Report) -> None:
    everything = list(report.tree.every())
    assert not [one for one in everything if {"src", "srcset", "data", "action", "poster"} & set(one.attributes)]
    assert not [one for one in everything if one.tag in ("link", "iframe", "object", "embed", "base", "image", "use")]
    css = report.tree.only("style").children[0]
    assert not re.search(r"url\(|@import|@font-face", str(css))
    ids = [one.attributes["id"] for one in everything if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    inner = [one.attributes["href"][1:] for one in report.tree.every("a") if one.attributes["href"].startswith("#")]
    assert set(inner) <= set(ids)
    outer = [one.attributes for one in report.tree.every("a") if not one.attributes["href"].startswith("#")]
    assert all(one["href"].startswith("https://") and "noreferrer" in one["rel"] for one in outer)


def test_the_policy_of_the_page_lets_only_its_own_style_and_script_act(report: Report) -> None:
    metas = [one.attributes for one in report.tree.every("meta")]
    policy = next(one["content"] for one in metas if one.get("http-equiv") == "Content-Security-Policy")
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["default-src"] == parts["base-uri"] == parts["form-action"] == "'none'"
    for name in ("style", "script"):
        content = re.search(rf"<{name}>(.*?)</{name}>", report.html, re.DOTALL)[1].encode()
        assert parts[f"{name}-src"] == f"'sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}'"
    # Whatever stands before the policy is not bound by it.
    assert report.html.index("Content-Security-Policy") < report.html.index("<style>")


def test_the_same_cases_give_the_same_bytes(report: Report, cases: Path) -> None:
    language = report.tree.only("html").attributes["lang"]
    elsewhere = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    again = run_process("evaluate", cases, "--format", "html", "--lang", language, env=elsewhere)
    assert again.stdout == report.html
    assert "pygal" not in report.html


# --- that everybody can read it ---------------------------------------------------------------------------------------


def test_tables_have_captions_headings_scopes_and_controls_labels(report: Report) -> None:
    for table in report.tree.every("table"):
        assert table.only("caption").text
    assert {one.attributes.get("scope") for one in report.tree.every("th")} == {"col", "row"}
    labelled = {one.attributes["for"] for one in report.tree.every("label")}
    controls = [*report.tree.every("input"), *report.tree.every("select")]
    assert {one.attributes["id"] for one in controls} == labelled
    for picture in report.tree.every("svg"):
        assert picture.attributes.get("aria-hidden") == "true" or picture.attributes["aria-label"]


def test_the_report_is_in_one_language_and_says_which(report: Report) -> None:
    page, language = report.tree.only("html"), report.tree.only("html").attributes["lang"]
    assert page.only("h1").text == CAPTIONS["title"][language]
    quotes = list(page.every("q"))
    assert quotes
    assert {one.attributes["lang"] for one in quotes} == {"vi"}


def test_every_caption_is_used_and_takes_the_same_words_in_both_languages() -> None:
    templates = ("report.html.jinja", "results.html.jinja", "parts.html.jinja")
    used = "".join((TEMPLATES / name).read_text("utf-8") for name in templates)
    used += "".join((ROOT / "engine" / "report" / "html" / name).read_text("utf-8") for name in PAGE)
    for name, text in CAPTIONS.items():
        assert sorted(re.findall(r"{(\w+)}", text["vi"])) == sorted(re.findall(r"{(\w+)}", text["en"]))
        assert re.search(rf"[\"'-]{name}[\"']", used) or name in ("stated", "reported", "inferred", "assumed"), name


@pytest.mark.parametrize("missing", ["jinja2"])
def test_without_the_extra_one_plain_line_says_what_to_install(missing: str) -> None:
    done = run_after(f"import sys; sys.modules[{missing!r}] = None", "evaluate", CASES, "--format", "html")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"xeploai evaluate: lệnh này cần thêm gói chưa cài: {missing}\n  cách sửa: chạy: ")


def test_a_run_in_which_no_case_could_be_judged_is_a_page_too(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"case_id": "A"}', encoding="utf-8")
    done = run("evaluate", tmp_path, "--format", "html")
    page = Tree(done.stdout).open[0]
    assert done.returncode == 1
    assert page.only("section", id="rejected").only("h3").text == "A"
    assert not list(page.every("article"))


def test_a_bar_is_as_long_as_its_number_and_the_mark_stands_at_its_place() -> None:
    page = Tree(bar([("a", 3), ("b", 0), ("c", 5)], 10, "x", (2, "<at> 2"))).open[0]
    left, _, width, _ = map(float, page.only("svg").attributes["viewbox"].split())
    rectangles = [
        (one.attributes["class"], float(one.attributes["x"]), float(one.attributes["width"]))
        for one in page.every("rect")
    ]
    assert [name for name, _, _ in rectangles] == ["a", "c"]
    assert [(round(10 * (x - left) / width, 1), round(10 * long / width, 1)) for _, x, long in rectangles] == [
        (0, 3),
        (3, 5),
    ]
    mark = float(re.match(r"M([\d.]+)", page.only("path", class_="mark").attributes["d"])[1])
    assert round(10 * (mark - left) / width, 1) == 2
    assert page.only("text", class_="mark").text == "<at> 2"


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(browser: Any, report: Report) -> Iterator[Any]:
    """A function that opens the report; at the end nothing may have been fetched, complained about or popped up."""
    heard: list[str] = []
    contexts = []

    def open_page(width: int = 1280, scheme: str = "light", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: heard.append(f"request: {request.url}"))
        page.goto(report.path.as_uri())
        heard.remove(f"request: {report.path.as_uri()}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert heard == []


def shown_cases(page: Any) -> list[str]:
    return [one.inner_text() for one in page.locator("#list tbody tr:visible th a").all()]


def choose(page: Any, selector: str, name: str) -> None:
    vi, en = CAPTIONS[name]["vi"], CAPTIONS[name]["en"]
    page.locator(selector).select_option(label=vi if page.locator("html").get_attribute("lang") == "vi" else en)


@in_browser
def test_the_page_opens_without_a_complaint_and_what_a_case_says_does_not_run(opened: Any, report: Report) -> None:
    page = opened()
    page.wait_for_selector("#filter:visible")
    assert page.title() == report.tree.only("title").text != "taken"


@in_browser
def test_no_width_needs_scrolling_sideways(opened: Any) -> None:
    page = opened()
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        beyond = "one => one.getBoundingClientRect().right > innerWidth + 1"
        wide = page.evaluate(f"[...document.querySelectorAll('body *')].filter({beyond}).map(one => one.outerHTML)")
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@in_browser
def test_axe_finds_no_barrier_on_a_phone_in_the_light_and_too_little_contrast_in_the_dark(opened: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install 'xeploai[test]'")
    page = opened(360)
    for scheme, options in (("light", None), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page, options=options)
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]] == []
        assert "color-contrast" in {one["id"] for one in found.response["passes"]}


@in_browser
def test_dark_mode_is_dark_and_paper_is_white_in_both(opened: Any) -> None:
    def lightness(page: Any) -> int:
        return sum(map(int, re.findall(r"\d+", page.evaluate("getComputedStyle(document.body).backgroundColor"))[:3]))

    light, dark = opened(), opened(scheme="dark")
    assert (lightness(light), lightness(dark) < 120) == (765, True)
    dark.emulate_media(media="print", color_scheme="dark")
    assert lightness(dark) == 765


@in_browser
def test_a_column_sorts_up_and_down_and_says_so(opened: Any, report: Report) -> None:
    page = opened()
    heading = page.locator("#list thead th").nth(0)
    ids = shown_cases(page)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    up = shown_cases(page)
    assert sorted(up) == sorted(ids)
    assert [one for one in up if one.startswith("HS")] == sorted(one for one in ids if one.startswith("HS"))
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert shown_cases(page) == up[::-1]


@in_browser
def test_the_column_of_grades_sorts_by_rank_not_by_letter(opened: Any, report: Report) -> None:
    page = opened()
    page.locator("#list thead th").nth(3).locator("button").click()
    order = [grade for grade, _ in report.json["decisions"][0]["grade_names"]]
    highest = {one["case_id"]: one["grading"] and one["grading"]["highest"] for one in report.json["decisions"]}
    ranks = [
        order.index(grade) if grade in order else len(order) for grade in (highest[one] for one in shown_cases(page))
    ]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) >= 4
    assert page.locator("#list thead [aria-sort]").count() == 1


@in_browser
def test_a_search_ignores_accents_and_hides_the_sections_too(opened: Any, report: Report) -> None:
    page = opened()
    page.locator("#f-text").fill("CHUYEN vien u-01")
    cohort = [
        one["case_id"] for one in report.json["decisions"] if one["subject"]["cohort"] == "chuyên viên phòng U-01"
    ]
    assert shown_cases(page) == cohort
    assert page.locator("article:visible").count() == len(cohort)
    assert {str(len(cohort)), "20"} <= set(re.findall(r"\d+", page.locator("#shown").inner_text()))
    page.locator("#f-text").press("Escape")
    assert len(shown_cases(page)) == 20


@in_browser
def test_filters_by_grade_kind_and_what_needs_attention_combine_and_clear(opened: Any, report: Report) -> None:
    page, decisions = opened(), report.json["decisions"]
    best, second = (grade for grade, _ in decisions[0]["grade_names"][:2])
    labels = {grade: labels_of(report, label) for grade, label in decisions[0]["grade_names"]}
    page.locator("#f-grade").select_option(label=labels[second])
    settled = [one for one in decisions if one["grading"] and one["grading"]["grade"] == second]
    assert shown_cases(page) == [one["case_id"] for one in settled]
    choose(page, "#f-flag", "with_findings")
    assert shown_cases(page) == [one["case_id"] for one in settled if one["findings"]] != []
    page.locator("#f-text").fill("không có ai như thế")
    assert shown_cases(page) == []
    assert page.locator("#shown").inner_text() in CAPTIONS["none_shown"].values()
    page.locator("#filter button[type=reset]").click()
    page.wait_for_function("document.querySelectorAll('#list tbody tr:not([hidden])').length === 20")
    page.locator("#f-grade").select_option(label=labels[best])
    assert shown_cases(page) == [
        one["case_id"] for one in decisions if one["grading"] and one["grading"]["grade"] == best
    ]


@in_browser
def test_the_keyboard_alone_reaches_sorting_filtering_and_a_case(opened: Any) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-text"
    page.keyboard.type("HS-2024-1")
    page.keyboard.press("Enter")
    before = shown_cases(page)
    assert 0 < len(before) < 20
    while page.evaluate("document.activeElement.closest('thead') === null"):
        page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert outline == "solid"
    assert shown_cases(page) == before[::-1]
    while page.evaluate("document.activeElement.closest('tbody') === null"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    target = page.evaluate("location.hash")
    page.wait_for_function("id => Math.abs(document.querySelector(id).getBoundingClientRect().top) < 100", arg=target)


@in_browser
def test_a_link_to_a_case_that_the_filter_hides_shows_it_again(opened: Any) -> None:
    page = opened()
    page.locator("#f-text").fill("HS-2024-01")
    assert not page.locator("#case-5").is_visible()
    page.evaluate("location.hash = '#case-5'")
    page.wait_for_selector("#case-5:visible")
    assert len(shown_cases(page)) == 20


@in_browser
def test_print_gives_pages_without_controls_and_keeps_what_the_filter_shows(opened: Any, tmp_path: Path) -> None:
    page = opened()

    def pages() -> int:
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF-")
        return len(re.findall(rb"/Type\s*/Page\b", pdf))

    everything = pages()
    page.locator("#f-text").fill("HS-2024-03")
    page.emulate_media(media="print")
    assert page.locator("article:visible").count() == 1
    assert not page.locator("#filter").is_visible()
    assert page.locator("#shown").is_visible()
    heading = "getComputedStyle(document.querySelector('#list thead th'), '::before').content"
    assert page.evaluate(heading) == f'"{page.locator("#list thead th").first.get_attribute("data-name")}"'
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Times New Roman"')
    assert 1 < pages() < everything / 2


@in_browser
def test_what_is_copied_from_a_case_comes_with_its_headings_lists_and_table(opened: Any) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#case-3'))")
    page.keyboard.press("Control+C")
    copied = page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          return [await (await item.getType("text/html")).text(), await (await item.getType("text/plain")).text()];
        }"""
    )
    html, plain = copied
    assert {tag for tag in ("h3", "h4", "ul", "li", "table", "th") if f"<{tag} " in html or f"<{tag}>" in html} == {
        "h3", "h4", "ul", "li", "table", "th",
    }  # fmt: skip
    assert plain.startswith("HS-2024-03 · ")
    assert re.search(r"\n✗ \S", plain)
    assert "↑" not in plain


@in_browser
def test_without_scripts_every_case_is_there_and_no_dead_control_is_shown(opened: Any) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#list tbody tr:visible").count() == page.locator("article:visible").count() == 20
    assert not page.locator("#filter").is_visible()
    assert page.locator("button:visible").count() == 0


# --- the other pages: an explanation, a regulation, the codes ---------------------------------------------------------


@pytest.fixture(scope="module")
def other_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    assert run("docs", "-o", folder, "--format", "html").returncode == 0
    small = folder / "small"
    assert run("docs", "-o", small, "--format", "html", "--policies", "engine/starter").returncode == 0
    assert run("explain", CASES, "--format", "html", "-o", folder / "explain.html").returncode == 0
    some = sorted(CASES.glob("0[679]-*.json"))
    assert run("explain", *some, "--format", "html", "-o", folder / "some.html").returncode == 0
    return {
        "regulation": folder / "vi" / "qd-124-2023.html",
        "codes": folder / "en" / "codes.html",
        "contents": folder / "vi" / "index.html",
        "explanation": folder / "explain.html",
        "small regulation": small / "vi" / "mau-2025.html",
        "small contents": small / "vi" / "index.html",
        "short explanation": folder / "some.html",
    }


def test_an_explanation_says_as_a_page_what_it_says_as_text(other_pages: dict[str, Path]) -> None:
    text = flat(run("explain", CASES).stdout)
    page = Tree(other_pages["explanation"].read_text(encoding="utf-8")).open[0]
    items = [
        flat("".join(one if isinstance(one, str) else one.text for one in item.children if not is_extra(one)))
        for item in page.every("li")
    ]
    assert len(items) > 400
    assert [one for one in items if one not in text] == []
    assert [one.text for one in page.every("h3") if one.text not in text] == []
    marks = Counter(re.findall(r"[✓✗●○] ", text))
    assert sum(marks.values()) > 250
    assert marks == Counter(f"{one[0]} " for one in items if one[0] in "✓✗●○")


def is_extra(one: "Element | str") -> bool:
    """What only a screen reader says, and what is nested."""
    return isinstance(one, Element) and (one.tag == "ul" or one.attributes.get("class") == "quiet")


@in_browser
@pytest.mark.parametrize("name", ["regulation", "codes", "contents", "explanation"])
def test_other_pages_fit_every_width_without_a_complaint(
    browser: Any, other_pages: dict[str, Path], name: str
) -> None:
    heard: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(other_pages[name].as_uri())
    for width in (1280, 768, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert heard == []
    page.close()


@in_browser
@pytest.mark.parametrize("name", ["small regulation", "codes", "small contents", "short explanation"])
def test_other_pages_are_accessible(browser: Any, other_pages: dict[str, Path], name: str) -> None:
    """The smallest page of each kind: axe takes seconds for a long one, and its parts are all alike."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install 'xeploai[test]'")
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(other_pages[name].as_uri())
    for scheme, options in (("light", None), ("dark", CONTRAST)) if name != "codes" else (("light", None),):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page, options=options).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []
    context.close()
