"""What a person probably meant by a word that a file does not take: a key in Vietnamese, an operator as a symbol,
a label for an id, a condition or a day as on paper."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from engine.base.nearness import closest, opposed

ALSO: Mapping[str, tuple[str, ...]] = {
    "is": ("=", "==", "bằng", "là", "equals"),
    "is_not": ("!=", "<>", "≠", "khác", "không phải", "không là", "không bằng"),
    "at_least": (
        ">=",
        "=>",
        "≥",
        "ít nhất",
        "tối thiểu",
        "từ",
        "trở lên",
        "không dưới",
        "lớn hơn hoặc bằng",
        "không ít hơn",
        "không nhỏ hơn",
    ),
    "at_most": (
        "<=",
        "=<",
        "≤",
        "nhiều nhất",
        "tối đa",
        "không quá",
        "trở xuống",
        "đến",
        "nhỏ hơn hoặc bằng",
        "không hơn",
        "không lớn hơn",
        "không vượt quá",
    ),
    "more_than": (">", "trên", "hơn", "lớn hơn", "nhiều hơn", "quá", "vượt", "vượt quá"),
    "less_than": ("<", "dưới", "nhỏ hơn", "ít hơn", "kém hơn", "chưa đủ"),
    "one_of": ("in", "thuộc", "một trong", "là một trong"),
    "none_of": ("not in", "not one of", "không thuộc"),
    "includes": ("contains", "gồm", "bao gồm", "có"),
    "all": ("and", "và", "tất cả", "mọi"),
    "any": ("or", "hoặc", "hay", "bất kỳ"),
    "none": ("not", "không", "không có"),
    "fact": ("dữ kiện",),
    "parameter": ("tham số", "con số"),
    "when": ("if", "khi", "nếu", "điều kiện"),
    "unless": ("except", "trừ", "trừ khi", "ngoại lệ"),
    "under": ("cách hiểu", "theo cách hiểu"),
    "id": ("mã", "key"),
    "label": ("nhãn", "tên", "tên gọi", "name"),
    "source": ("nguồn", "căn cứ"),
    "document": ("văn bản",),
    "locator": ("vị trí", "điều", "điều khoản"),
    "status": ("trạng thái", "mức chắc chắn"),
    "quote": ("trích", "trích dẫn", "lời trích", "nguyên văn"),
    "note": ("ghi chú", "chú thích"),
    "cite": ("url", "nơi đăng", "đăng ở", "trích từ", "link", "đường dẫn", "địa chỉ"),
    "url": ("link", "đường dẫn", "địa chỉ"),
    "applies_to": ("áp dụng", "áp dụng cho", "đối tượng"),
    "grade": ("mức", "mức xếp loại", "xếp loại"),
    "rungs": ("bậc", "các bậc"),
    "criteria": ("tiêu chí", "các tiêu chí"),
    "bars": ("trường hợp loại", "các trường hợp loại"),
    "parameters": ("tham số", "các tham số", "con số"),
    "triggers": ("trường hợp", "các trường hợp"),
    "type": ("kiểu", "loại"),
    "kind": ("loại", "loại tệp"),
    "unit": ("đơn vị",),
    "values": ("các giá trị",),
    "value": ("giá trị",),
    "from": ("từ", "từ ngày"),
    "until": ("đến", "đến ngày"),
    "question": ("câu hỏi",),
    "options": ("phương án", "các phương án", "lựa chọn"),
    "chosen": ("chọn", "đang chọn"),
    "given": ("cho", "dữ kiện", "giả thiết"),
    "expect": ("mong đợi", "kết quả"),
    "subject": ("đối tượng",),
    "vi": ("tiếng việt", "vn"),
    "en": ("tiếng anh", "english"),
}  # fmt: skip
"""Keys of the policy language, and how else people write them."""

OPERATORS = (
    "is", "is_not", "at_least", "at_most", "more_than", "less_than", "one_of", "none_of", "includes", "includes_any",
    "includes_all",
)  # fmt: skip
_SYMBOLS = {
    symbol: key for key in OPERATORS for symbol in ALSO.get(key, ()) if not any(one.isalpha() for one in symbol)
}
_EXPRESSION = re.compile(r"([a-z][a-z0-9_.]*)\s*([<>=!≥≤≠]{1,2})\s*(\S+)")
_DAY = re.compile(r"(\d{1,2})[/.-](0?[1-9]|1[0-2])[/.-](\d{4})")
_DAY_TURNED = re.compile(r"(\d{4})[/.-](0?[1-9]|1[0-2])[/.-](\d{1,2})")
_DAY_IN_WORDS = re.compile(r"(?:ngày )?(\d{1,2}) tháng (0?[1-9]|1[0-2]),? năm (\d{4})")


def plain(text: str) -> str:
    """Words as they are compared: small letters without accents, one blank between them."""
    letters = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    bare = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def meant_key(typed: str, known: Iterable[str]) -> str | None:
    """The key of those known that a person meant, by its sense or its letters."""
    names, said = list(known), plain(typed)
    for name in names:
        if any(typed.strip() == way or (said and said == plain(way)) for way in ALSO.get(name, ())):
            return name
    return closest(typed, names)


def meant_name(typed: str, labels: Mapping[str, Iterable[str]]) -> str | None:
    """The name whose label was typed, whole or in part, or else the name that is most like it."""
    said = plain(typed)
    by_label = {name: [plain(text) for text in texts] for name, texts in labels.items()}
    whole = [name for name, texts in by_label.items() if said in texts]
    part = [name for name, texts in by_label.items() if any(f" {said} " in f" {text} " for text in texts)]
    if len(whole) == 1:
        return whole[0]
    # One word of a long list of labels says too little.
    if len(part) == 1 and (" " in said or len(by_label) < 13):
        # What stands before the part may deny it: "not reviewed".
        until_there = [
            f" {text} ".partition(f" {said} ")[0] for text in by_label[part[0]] if f" {said} " in f" {text} "
        ]
        return None if all(opposed(text, "") for text in until_there) else part[0]
    near = closest(typed, labels)
    if near is None and len(said) > 7:
        texts = {text: name for name, every in by_label.items() for text in every}
        like = closest(said, texts)
        return texts[like] if like else None
    return near


def meant_condition(typed: str) -> str | None:
    """`a.b >= 1` as the language has it, or None for what is no such expression."""
    found = _EXPRESSION.fullmatch(typed.strip())
    if not found or found[2] not in _SYMBOLS:
        return None
    return f"{{fact: {found[1]}, {_SYMBOLS[found[2]]}: {found[3]}}}"


def fits(text: str, pattern: str) -> bool:
    """Does a pattern of JSON Schema fit a text? Its `$` is the very end, and not the place before a line end."""
    return re.search(pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern, text) is not None


def rewritten(text: str, pattern: str) -> str | None:
    """The same text as the pattern takes it: without the quotation marks of a word processor, a day as year-month-day,
    an id without accents, capitals and blanks. None where that does not help."""
    bare = text.strip(' \u00a0"“”„‘’')
    letters = unicodedata.normalize("NFD", bare.lower().replace("đ", "d"))
    as_id = re.sub(r"[\s-]+", "_", "".join(one for one in letters if not unicodedata.combining(one)))
    options = [bare, as_id]
    if day := _DAY.fullmatch(bare) or _DAY_IN_WORDS.fullmatch(bare.lower()):
        options = [f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"]
    elif day := _DAY_TURNED.fullmatch(bare):
        options = [f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}"]
    return next((one for one in options if fits(one, pattern)), None)
