"""Whom a change moves -> text, Markdown (with a chart for the page) and JSON."""

from typing import Any

from engine.impact import Impact, Move
from engine.reporter.differences import Telling
from engine.reporter.plain import as_plain

SAYS: dict[str, tuple[str, str]] = {
    "title": ("Tác động: {old} → {new}", "Impact: {old} → {new}"),
    "moves": (
        "Thay đổi này làm {moved} trong {judged} hồ sơ đổi kết quả.",
        "This change moves {moved} of {judged} cases.",
    ),
    "lower": ("xuống mức thấp hơn", "to a lower grade"),
    "higher": ("lên mức cao hơn", "to a better grade"),
    "undetermined": ("thành chưa xác định, cấp có thẩm quyền quyết định", "undetermined, for the authority"),
    "other": ("đổi theo cách khác", "otherwise"),
    "also": (
        "{count} hồ sơ khác giữ nguyên mức nhưng thêm hoặc bớt việc phải làm rõ, nội dung kiểm điểm",
        "{count} other cases keep their grade and gain or lose duties of the review",
    ),
    "matrix": ("Mức cũ theo hàng, mức mới theo cột", "Old grades by row, new grades by column"),
    "old": ("cũ", "old"),
    "new": ("mới", "new"),
    "total": ("cộng", "total"),
    "moved": ("Các hồ sơ đổi kết quả", "Cases that move"),
    "only_duties": ("Các hồ sơ chỉ đổi việc phải làm khi kiểm điểm", "Cases whose duties of review change"),
    "because": ("vì", "because"),
    "rule": ("{label} ({name}): {old} → {new}", "{label} ({name}): {old} → {new}"),
    "True": ("đúng", "holds"),
    "False": ("sai", "fails"),
    "None": ("chưa rõ", "unknown"),
    "absent": ("không có", "absent"),
    "new_findings": ("thêm việc phải làm rõ", "new duty to clarify"),
    "gone_findings": ("bớt việc phải làm rõ", "duty to clarify gone"),
    "new_items": ("thêm nội dung kiểm điểm", "new review content"),
    "gone_items": ("bớt nội dung kiểm điểm", "review content gone"),
    "quotas": ("Tỷ lệ trong nhóm thay đổi", "Quotas that change"),
    "quota": ("{count} / mẫu số {base}, tối đa {limit}, {status}", "{count} of base {base}, limit {limit}, {status}"),
    "within": ("trong tỷ lệ", "within"),
    "exceeded": ("vượt {excess}", "{excess} too many"),
    "unknown": ("chưa rõ", "not known"),
    "no_quota": ("không có tỷ lệ này", "no such quota"),
    "unjudged": ("Hồ sơ không xét được ở một phía", "Cases that one side cannot judge"),
    "unjudged_count": ("{count} hồ sơ không xét được ở phía {side}", "{count} cases that the {side} side cannot judge"),
}
MOVES: tuple[Move, ...] = ("lower", "higher", "undetermined", "other")
MOST_SHOWN, WIDTH = 50, 120


class ImpactTelling:
    """How an impact is told, on the words of the two versions."""

    def __init__(self, by: Telling, found: Impact) -> None:
        self.by, self.found = by, found

    def say(self, key: str, **arguments: object) -> str:
        return SAYS[key][0 if self.by.words.language == "vi" else 1].format(**arguments)

    @property
    def title(self) -> str:
        return self.say("title", old=self.by.old.name, new=self.by.new.name)

    def headline(self) -> str:
        moved = [one for one in self.found.moved if one.move is not None]
        said = [self.say("moves", moved=len(moved), judged=self.found.judged)]
        counts: list[tuple[str, dict[str, int]]] = [
            ("old", {row[0]: int(row[-1]) for row in body[:-1]}),
            ("new", dict(zip(head[1:-1], map(int, body[-1][1:-1]), strict=True))),
        ]

    names = list(dict.fromkeys(name for _, side in counts for name in side))
    for name in names:
        for key, side in counts:
            count = side.get(name, 0)
            label = f"{name}, {by.say(key)}: {count}"
            picture = bar([("c1" if key == "old" else "c2", count)], by.found.judged, "")
            drawn.append(f'<p class="bar-line">{_html(label)} {picture}</p>')
    return ["".join([*drawn, "</div>"])]


def as_data(by: ImpactTelling) -> dict[str, Any]:
    found = by.found
    return {
        "old": by.by.old.name,
        "new": by.by.new.name,
        "regulations": [by.by.old.regulation.id, by.by.new.regulation.id],
        "judged": found.judged,
        "moved": sum(one.move is not None for one in found.moved),
        "moves": {move: found.count(move) for move in MOVES},
        "matrix": [
            {"old": list(old), "new": list(new), "cases": count} for (old, new), count in sorted(found.matrix.items())
        ],
        "cases": [as_plain(one) for one in found.moved],
        "quotas": [as_plain(one) for one in found.quotas],
        "unjudged": [{"side": side, **as_plain(one)} for side, one in found.unjudged],
    }


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in text)


def _html(text: str) -> str:
    from html import escape

    return escape(text)
