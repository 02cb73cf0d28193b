"""Local layers: what they add and set, which layer each line comes from, and that they may not loosen what they extend."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from support import ROOT
from support.command import run
from support.policies import REGULATION, all_policies, copy_policies

from engine.api import evaluate
from engine.base.diagnostics import Diagnostic, Problems
from engine.base.json_text import parse_json
from engine.core.judge.record import Results
from engine.core.policy.terms import Text
from engine.report.results import write
from engine.report.text import Layout
from engine.report.words import Words
from engine.versions.opening import load_library

SAMPLE = "mau-tinh-a-2024"
HEAD = """kind: overlay
id: local
label: {vi: Lớp thử, en: Layer on trial}
issued_by: {vi: Nơi ban hành, en: Issuer}
issued_on: 2024-01-01
in_force: {from: 2024-01-01, until: 2025-08-29}
extends: qd-124-2023
sources:
  - {document: local-rules, locator: mục 1, status: stated}
documents:
  - {id: local-rules, label: {vi: Văn bản thử, en: Rules on trial}}
"""
CITED = "source: {document: local-rules, locator: mục 1, status: stated}"
CRITERIA = """kind: grade_additions
id: more
label: {vi: Thêm, en: More}
ladder: individual
applies_to: [individual]
"""


def value(name: str, amount: int, kind: str = "number", unit: str = "percent") -> str:
    return (
        f"parameters:\n  - id: {name}\n    label: {{vi: Con số, en: Number}}\n    type: {kind}\n    unit: {unit}\n"
        f"    values:\n      - from: 2024-01-01\n        value: {amount}\n        {CITED}\n"
    )


def found_with(
    tmp_path: Path,
    files: dict[str, str],
    *,
    delegated: tuple[str, str] | None = None,
    edits: Sequence[tuple[str, str, str]] = (),
    keep: bool = False,
) -> list[Diagnostic]:
    """What is said of a layer `local` over Regulation 124, with `edits` (file, old, new) made to the regulation.

    `keep`: the sample layer stays, to lay another over it."""
    policies = tmp_path / "policies"
    copy_policies(policies, REGULATION, *([SAMPLE] if keep else []))
    if delegated is not None:
        edits = (*edits, (delegated[0], delegated[1], f"{delegated[1]}    delegated: true\n"))
    for file, old, new in edits:
        path = policies / "qd-124-2023" / file
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (policies / "local").mkdir()
    for name, text in files.items():
        (policies / "local" / name).write_text(text, encoding="utf-8")
    try:
        load_library(policies)
    except Problems as problems:
        return list(problems.diagnostics)
    return []


EXEMPTION = f"""kind: exemptions
id: fewer
label: {{vi: Miễn thêm, en: Further exemptions}}
applies_to: [individual]
exemptions:
  - id: no_tasks
    label: {{vi: Không được giao việc, en: Nothing assigned}}
    when: {{fact: tasks.assigned, at_most: 0}}
    {CITED}
"""
LIFTING_BAR = (
    CRITERIA
    + f"""bars:
  - id: outright
    grade: good
    label: {{vi: Được xếp thẳng, en: Put there outright}}
    when: {{fact: tasks.assigned, at_least: 1}}
    {CITED}
"""
)
LOOSENING: dict[str, dict[str, str]] = {
    "a criterion's number lowered": {"overlay.yaml": HEAD + value("excellent_exceeded_percent", 49)},
    "a number lowered for some months only": {
        "overlay.yaml": HEAD
        + value("excellent_exceeded_percent", 49)
        + f"      - from: 2024-07-01\n        value: 60\n        {CITED}\n"
    },
    "a bar's number lowered": {"overlay.yaml": HEAD + value("not_completed_percent", 49)},
    "a quota's number raised": {"overlay.yaml": HEAD + value("excellent_share_percent", 21)},
    "more months before a review is due": {
        "overlay.yaml": HEAD + value("newly_admitted_months", 7, "integer", "months")
    },
    "a reading that asks less": {"overlay.yaml": HEAD + "choose:\n  specific_products: noted_only\n"},
    "a reading that counts the quota otherwise": {"overlay.yaml": HEAD + "choose:\n  quota_base: good_or_above\n"},
    "a reading that rounds up": {"overlay.yaml": HEAD + "choose:\n  quota_rounding: ceiling\n"},
    "an exemption": {"overlay.yaml": HEAD, "fewer.yaml": EXEMPTION},
    "an exemption from grading": {
        "overlay.yaml": HEAD,
        "fewer.yaml": EXEMPTION.replace("    when:", "    from: grading\n    when:"),
    },
    "a quota's number raised by a tenth": {
        "overlay.yaml": HEAD + value("excellent_share_percent", 20).replace("value: 20", "value: 20.1")
    },
    "a number lowered before the layer is in force": {
        "overlay.yaml": HEAD + value("excellent_exceeded_percent", 49).replace("from: 2024-01-01", "from: 2023-10-05")
    },
    "a number lowered from a later day on": {
        "overlay.yaml": HEAD
        + value("excellent_exceeded_percent", 55)
        + f"      - from: 2025-07-01\n        value: 45\n        {CITED}\n"
    },
    "a bar that lifts": {"overlay.yaml": HEAD, "more.yaml": LIFTING_BAR},
    "a reading by which fewer criteria at Poor bar": {"overlay.yaml": HEAD + "choose:\n  poor_criteria: all_poor\n"},
}


@pytest.mark.parametrize("name", LOOSENING)
def test_what_loosens_is_refused_with_an_example(name: str, tmp_path: Path) -> None:
    found = found_with(tmp_path, LOOSENING[name])
    assert found and {one.code for one in found} == {"overlay/loosens"}
    for one in found:
        assert one.location.line and "local" in one.location.file, one.location
        assert "→" in dict(one.arguments)["witness"] or "quota" in name or "rounds" in name, one.arguments


# --- looser through what the regulation itself leaves to a reading ---

RELIEF = """    relief:
      - id: large_group
        label: {vi: Nhóm khó khăn, en: A group in hardship}
        at_most: {parameter: relieved_share_percent}
        when: {fact: tasks.force_majeure, is: true}
        source: {document: qd-124-2023, locator: Chương III, status: inferred, note: {vi: Thử, en: A trial}}
"""
RELIEVED = """parameters:
  - id: relieved_share_percent
    label: {vi: Tỷ lệ được nới, en: Relieved share}
    type: number
    unit: percent
    values:
      - {from: 2023-10-04, value: 25, source: {document: qd-124-2023, locator: Chương III, status: inferred, note: {vi: Thử, en: A trial}}}
"""
FINDINGS = "    when: {fact: signs.disunity, is: true}\n"
CONTENT = "  - id: hard_matters\n"
OTHERWISE = """otherwise:
  grade:
    interpretation: places_of_review
    options: {not_examined: undetermined, examined: completed}
"""
READ_LOOSER: dict[str, tuple[list[tuple[str, str, str]], dict[str, str], str]] = {
    "a link that a reading drops": (
        [("links.yaml", "    under: {head_ceiling: applied}\n", "    under: {head_ceiling: not_applied}\n")],
        {"overlay.yaml": HEAD + "choose:\n  head_ceiling: applied\n"}, "links.head_not_above_unit",
    ),
    "a quota that a reading drops": (
        [("quotas.yaml", "{quota_head: apart}", "{quota_head: apart, head_ceiling: not_applied}")],
        {"overlay.yaml": HEAD + "choose:\n  head_ceiling: applied\n"}, "quotas.excellent_share",
    ),
    "a small group that a reading relieves": (
        [], {"overlay.yaml": HEAD + "choose:\n  small_group_relief: one_allowed\n"}, "quotas.excellent_share.small_group",
    ),
    "a relief that allows more": (
        [("quotas.yaml", "    relief:\n", RELIEF), ("quotas.yaml", "parameters:\n", RELIEVED)],
        {"overlay.yaml": HEAD + value("relieved_share_percent", 30)}, "quotas.excellent_share",
    ),
    "a finding that a reading drops": (
        [("triggers.yaml", FINDINGS, FINDINGS + "    under: {head_ceiling: not_applied}\n")],
        {"overlay.yaml": HEAD + "choose:\n  head_ceiling: applied\n"}, "triggers.disunity",
    ),
    "a content of the review that a reading makes optional": (
        [("review_contents.yaml", CONTENT, CONTENT + "    under: {head_ceiling: not_applied}\n")],
        {"overlay.yaml": HEAD + "choose:\n  head_ceiling: applied\n"}, "review_contents.hard_matters",
    ),
    "a case of no grade that a reading gives one": (
        [("grades/individual.yaml", "otherwise:\n  grade: undetermined\n", OTHERWISE)],
        {"overlay.yaml": HEAD + "choose:\n  places_of_review: examined\n"}, "individual.otherwise",
    ),
    "a rung that a reading adds": (
        [("grades/individual.yaml", "  - grade: completed\n", "  - grade: completed\n    under: {head_ceiling: applied}\n")],
        {"overlay.yaml": HEAD + "choose:\n  head_ceiling: applied\n"}, "individual.completed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ_LOOSER)
def test_what_a_reading_loosens_is_refused(name: str, tmp_path: Path) -> None:
    edits, files, rule = READ_LOOSER[name]
    found = found_with(tmp_path, files, edits=edits)
    assert {one.code for one in found} == {"overlay/loosens"}, [one.message("en") for one in found]
    assert rule in [dict(one.arguments)["rule"] for one in found]
    assert all(one.location.line and dict(one.arguments)["witness"] != "…" for one in found)


def test_what_a_case_would_gain_is_shown(tmp_path: Path) -> None:
    edits, files, _ = READ_LOOSER["a case of no grade that a reading gives one"]
    (one,) = found_with(tmp_path / "1", files, edits=edits)
    assert "(undetermined → completed)" in dict(one.arguments)["witness"]
    (one,) = found_with(tmp_path / "2", LOOSENING["a bar that lifts"])
    old, _, new = dict(one.arguments)["witness"].rpartition("(")[2].rstrip(")").partition(" → ")
    assert new == "good" and old in ("completed", "undetermined")


def test_a_delegated_number_lets_no_other_reading_through(tmp_path: Path) -> None:
    number = value("excellent_share_percent", 25)
    delegated = ("quotas.yaml", "  - id: excellent_share_percent\n")
    assert found_with(tmp_path / "1", {"overlay.yaml": HEAD + number}, delegated=delegated) == []
    both = {"overlay.yaml": HEAD + "choose:\n  quota_base: good_or_above\n" + number}
    assert {one.code for one in found_with(tmp_path / "2", both, delegated=delegated)} == {"overlay/loosens"}


def test_a_quota_that_is_delegated_may_be_wider(tmp_path: Path) -> None:
    files = {"overlay.yaml": HEAD + value("excellent_share_percent", 25)}
    assert found_with(tmp_path, files, delegated=("quotas.yaml", "  - id: excellent_share\n")) == []


def test_a_layer_over_a_layer_is_held_to_it(tmp_path: Path) -> None:
    head = HEAD.replace("extends: qd-124-2023", f"extends: {SAMPLE}").replace("from: 2024-01-01", "from: 2024-02-01")
    number = "excellent_exceeded_percent"
    looser = head + value(number, 55).replace("from: 2024-01-01", "from: 2024-02-01")
    (one,) = found_with(tmp_path / "1", {"overlay.yaml": looser}, keep=True)
    assert one.code == "overlay/loosens" and dict(one.arguments)["base"] == SAMPLE
    tighter = head + value(number, 65).replace("from: 2024-01-01", "from: 2024-02-01")
    assert found_with(tmp_path / "2", {"overlay.yaml": tighter}, keep=True) == []


def test_a_document_of_the_regulation_keeps_its_name(tmp_path: Path) -> None:
    renamed = HEAD + "  - {id: qd-124-2023, label: {vi: Văn bản khác, en: Something else}}\n"
    assert [one.code for one in found_with(tmp_path, {"overlay.yaml": renamed})] == ["rule/duplicate-id"]


def test_an_addition_under_a_reading_is_added_only_under_it(tmp_path: Path) -> None:
    added = CRITERIA + (
        "rungs:\n  - grade: excellent\n    under: {head_ceiling: applied}\n    criteria:\n      - id: no_letters\n"
        "        label: {vi: Không đơn thư, en: No letters}\n"
        f"        when: {{fact: signs.complaint_letters, at_most: 0}}\n        {CITED}\n"
    )
    assert found_with(tmp_path, {"overlay.yaml": HEAD, "more.yaml": added}) == []
    document = parse_json("case.json", json.dumps(case(regulation="local")))
    for switches, asked in (({}, False), ({"head_ceiling": "applied"}, True)):
        library = load_library(tmp_path / "policies")
        (one,) = evaluate(library, [document], switches=switches).decisions
        assert one.grading is not None
        named = {each.rule.id for rung in one.grading.rungs for each in (*rung.met, *rung.unmet, *rung.unknown)}
        assert ("no_letters" in named) is asked


TIGHTENING = {
    "a link that a reading adds": {"overlay.yaml": HEAD + "choose:\n  official_grade: not_above\n"},
    "a criterion's number raised": {"overlay.yaml": HEAD + value("excellent_exceeded_percent", 51)},
    "a bar's number raised": {"overlay.yaml": HEAD + value("not_completed_percent", 51)},
    "a quota's number lowered": {"overlay.yaml": HEAD + value("excellent_share_percent", 19)},
    "a reading that asks more": {"overlay.yaml": HEAD + "choose:\n  head_ceiling: applied\n"},
    "a reading that swaps a bar for a stricter one": {"overlay.yaml": HEAD + "choose:\n  poor_criteria: any_poor\n"},
    "a reading that swaps a criterion for a stricter one": {
        "overlay.yaml": HEAD + "choose:\n  basically_average: every_criterion\n"
    },
    "a bar on the lowest grade": {
        "overlay.yaml": HEAD, "more.yaml": LIFTING_BAR.replace("grade: good", "grade: not_completed")
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TIGHTENING)
def test_what_tightens_is_taken(name: str, tmp_path: Path) -> None:
    assert found_with(tmp_path, TIGHTENING[name]) == []


def test_what_is_delegated_may_be_loosened(tmp_path: Path) -> None:
    files = LOOSENING["a criterion's number lowered"]
    after = "  - id: excellent_exceeded_percent\n"
    assert found_with(tmp_path, files, delegated=("grades/individual.yaml", after)) == []


def test_a_reading_that_is_delegated_may_be_chosen(tmp_path: Path) -> None:
    files = LOOSENING["a reading that asks less"]
    assert found_with(tmp_path, files, delegated=("regulation.yaml", "  - id: specific_products\n")) == []


def test_an_id_that_the_regulation_has_is_told(tmp_path: Path) -> None:
    again = CRITERIA + (
        "rungs:\n  - grade: excellent\n    criteria:\n      - id: task_results_excellent\n"
        f"        label: {{vi: Lại, en: Again}}\n        when: {{fact: tasks.assigned, at_least: 1}}\n        {CITED}\n"
    )
    assert "rule/duplicate-id" in {one.code for one in found_with(tmp_path, {"overlay.yaml": HEAD, "more.yaml": again})}


def test_a_layer_over_nothing_is_told(tmp_path: Path) -> None:
    found = found_with(tmp_path, {"overlay.yaml": HEAD.replace("extends: qd-124-2023", "extends: qd-124-2032")})
    assert [one.code for one in found] == ["regulation/unknown"]
    assert found[0].location.line == 7


def case(**more: object) -> dict[str, object]:
    return {
        "case_id": "L-1", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "leader", "id": "S-1"},
        "facts": {"tasks": {"assigned": 20, "completed": 20, "exceeded": 11}, "signs": {"complaint_letters": 1}}, **more,
    }  # fmt: skip


def test_every_line_says_which_layer_it_comes_from() -> None:
    library = all_policies()
    document = parse_json("case.json", json.dumps(case(regulation=SAMPLE)))
    (one,) = evaluate(library, [document], verify=True).decisions
    assert one.regulation == SAMPLE
    assert one.grading is not None
    unmet = {each.rule.id: each for rung in one.grading.rungs for each in rung.unmet if rung.grade == "excellent"}
    assert unmet["no_complaint_letters"].rule.layer == SAMPLE
    exceeded = unmet["enough_tasks_exceeded"]
    assert exceeded.rule.layer == "qd-124-2023" and exceeded.comparisons[0].dated.layer == SAMPLE
    assert {each.rule.layer for each in one.review} == {SAMPLE, "qd-124-2023"}
    assert {each.rule.id: each.rule.layer for each in one.findings} == {"complaint_letters": "qd-124-2023"}


def test_a_layer_is_never_in_force_by_itself() -> None:
    library = all_policies()
    (one,) = evaluate(library, [parse_json("case.json", json.dumps(case()))]).decisions
    assert one.regulation == "qd-124-2023"


def test_the_command_judges_by_a_layer(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case()), encoding="utf-8")
    done = run("evaluate", path, "--regulation", SAMPLE)
    assert done.returncode == 0, done.stderr
    assert "tỉnh A (hư cấu)" in done.stdout


def test_the_report_says_of_each_line_which_layer_it_comes_from(tmp_path: Path) -> None:
    files = {"overlay.yaml": HEAD + "choose:\n  poor_criteria: any_poor\n" + value("excellent_share_percent", 19)}
    assert found_with(tmp_path, files) == []
    library = load_library(tmp_path / "policies")
    stated = case(regulation="local", facts={"criteria": {"ethics": "poor"}}, review={"covered": []})
    stated["subject"] = {"kind": "leader", "id": "S-1", "cohort": "nhóm A"}
    sample = json.loads((ROOT / "policies/qd-124-2023/cases/07-leader-one-task-short.json").read_text("utf-8"))
    both = [stated, {**sample, "regulation": "local"}]
    results = evaluate(library, [parse_json("case.json", json.dumps(one)) for one in both])
    documents = {one.id: one.label for each in library.regulations.values() for one in each.documents}
    text = written_text(results, documents)
    cited = [line for line in text.splitlines() if line.lstrip()[:1] in ("✓", "✗", "☐", "!")]
    assert cited
    for line in cited:
        assert "; lớp qd-124-2023]" in line or "; lớp local]" in line or "và mọi tiêu chí" in line, line
    assert "[poor_criteria; lớp local]" in text and "[specific_products; lớp qd-124-2023]" in text
    assert "(19% [Văn bản thử, mục 1; lớp local] của mẫu số)" in text
    national = evaluate(library, [parse_json("case.json", json.dumps({**stated, "regulation": "qd-124-2023"}))])
    assert "lớp " not in written_text(national, documents)


def written_text(results: Results, documents: Mapping[str, Text]) -> str:
    stream = io.StringIO()
    write(results, "text", Words("vi", documents), stream, Layout(width=1000))
    return stream.getvalue()


CARRIED = ROOT / "policies"
OWN_FACTS = """kind: facts
id: facts
label: {vi: Từ vựng, en: Vocabulary}
facts:
  local.open_findings:
    type: integer
    label: {vi: Số kết luận chưa thực hiện, en: Findings not carried out}
    question: {vi: "Còn bao nhiêu?", en: "How many?"}
    minimum: 0
    typical: 0
"""
OWN_TRIGGERS = f"""kind: triggers
id: own
label: {{vi: Thêm, en: More}}
applies_to: [individual]
triggers:
  - id: open_findings
    label: {{vi: Còn kết luận, en: Findings left}}
    when: {{fact: local.open_findings, at_least: 1}}
    {CITED}
"""


def test_a_folder_of_its_own_builds_on_the_regulations_that_the_program_carries(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "facts.yaml").write_text(OWN_FACTS, encoding="utf-8")
    (tmp_path / "local" / "overlay.yaml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "local" / "own.yaml").write_text(OWN_TRIGGERS, encoding="utf-8")
    library, carried = load_library(tmp_path), load_library(CARRIED)
    assert [*library.regulations] == [name for name in carried.regulations if name != SAMPLE] + ["local"]
    assert library.vocabulary.facts.keys() - carried.vocabulary.facts.keys() == {"local.open_findings"}
    # A record of a national case is the same, whether or not a province adds facts of its own.
    assert library.regulations["qd-124-2023"].content_hash == carried.regulations["qd-124-2023"].content_hash
    assert [trigger.id for trigger in library.regulations["local"].triggers][-1] == "open_findings"


def test_a_layer_over_no_regulation_is_told_which_ones_the_program_carries(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "facts.yaml").write_text(OWN_FACTS, encoding="utf-8")
    (tmp_path / "local" / "overlay.yaml").write_text(HEAD.replace("124-2023", "124-2032"), encoding="utf-8")
    with pytest.raises(Problems) as raised:
        load_library(tmp_path)
    (problem,) = raised.value.diagnostics
    assert problem.code == "regulation/unknown"
    assert dict(problem.arguments)["suggestion"] == "qd-124-2023"
