"""The words around commands in the reader's language: usage, headings of help, and what is wrong with arguments.

click says them in English alone; what it says is taken apart here and said again.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from engine.nearness import closest

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADINGS = {"Options": "Tùy chọn", "Commands": "Lệnh", "Positional arguments": "Tham số", "Arguments": "Tham số"}
IN_USAGE = {"[OPTIONS]": "[TÙY CHỌN]", "COMMAND": "LỆNH", "[ARGS]...": "[THAM SỐ]..."}
METAVARS = {
    "DIRECTORY": "THƯ MỤC", "FILENAME": "TỆP", "FILE": "TỆP", "PATH": "ĐƯỜNG DẪN", "TEXT": "CHỮ", "INTEGER RANGE": "SỐ",
    "INTEGER": "SỐ", "FLOAT RANGE": "SỐ", "FLOAT": "SỐ",
}  # fmt: skip
"""What click calls the values of options, by their types."""
_IN_HELP: Sequence[tuple[str, str]] = (
    (r"Show this message and exit\.", "In phần trợ giúp này rồi thoát."),
    (r"Show the version and exit\.", "In phiên bản rồi thoát."),
    (r"\[default: ", "[mặc định: "),
    (r"; default: ", "; mặc định: "),
    (r"\brequired\]", "bắt buộc]"),
    (r"\(dynamic\)", "(tùy lúc)"),
)
_WHERE, _FILE = r"Invalid value for (?P<where>.+?): ", r"\w[\w ]*? '(?P<value>.*)' "
_SAID: Sequence[tuple[str, str]] = (
    (r"Missing argument '?(?P<name>.+?)'?\.(?:\s+Choose from:\s*(?P<known>.*))?", "thiếu tham số `{name}`"),
    (r"Missing option '?(?P<name>.+?)'?\.(?:\s+Choose from:\s*(?P<known>.*))?", "thiếu tùy chọn `{name}`"),
    (r"Missing parameter:? '?(?P<name>.+?)'?\.?", "thiếu tham số `{name}`"),
    (r"Missing command\.", "thiếu tên lệnh"),
    (r"No such option:? '?(?P<name>-[^'\s]+?)'?\.?(?: .*)?", "không có tùy chọn `{name}`"),
    (r"No such command '(?P<name>.+?)'\.?(?: .*)?", "không có lệnh `{name}`"),
    (r"Option '(?P<name>.+?)' requires (?:an argument|\d+ arguments)\.", "tùy chọn `{name}` thiếu giá trị đi kèm"),
    (r"Option '(?P<name>.+?)' does not take a value\.", "tùy chọn `{name}` không nhận giá trị"),
    (r"Got unexpected extra arguments? \((?P<name>.+)\)", "thừa tham số: {name}"),
    (_WHERE + r"'?(?P<value>.*?)'? is not one of (?P<known>.+)\.", "{where} không nhận `{value}`"),
    (_WHERE + r"'?(?P<value>.*?)'? is not (?P<known>'.+')\.", "{where} không nhận `{value}`"),
    (r"Argument '(?P<name>.+?)' takes \d+ values\.", "thiếu tham số `{name}`"),
    (_WHERE + r"'?(?P<value>.*?)'? is not a valid (?:integer|float).*", "{where} phải là số, không phải `{value}`"),
    (_WHERE + r"'?(?P<value>.*?)'? is not a valid boolean.*", "{where} chỉ nhận true hoặc false, không nhận `{value}`"),
    (_WHERE + r"(?P<value>.*?) is not in the range (?P<range>.+)\.", "{where} không nhận `{value}`: phải có {range}"),
    (_WHERE + _FILE + r"does not exist\.", "{where}: không có `{value}`"),
    (_WHERE + _FILE + r"is a file\.", "{where}: `{value}` là tệp, cần một thư mục"),
    (_WHERE + _FILE + r"is a directory\.", "{where}: `{value}` là thư mục, cần một tệp"),
    (_WHERE + _FILE + r"is not \w+\.", "{where}: không có quyền với `{value}`"),
    (_WHERE + r".*", "{where} có giá trị không dùng được"),
    (r"Could not open file '(?P<value>.*?)':.*", "không mở được tệp `{value}`"),
    (r"Invalid value: .*", "giá trị không dùng được"),
)  # fmt: skip
CHOICES, MEANT = "; chọn một trong: {}", "; có phải ý là `{}`?"


class Help(click.HelpFormatter):
    """Help with Vietnamese headings; what options do is written in both languages."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _named(args, IN_USAGE), prefix or "Cách dùng: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(HEADINGS.get(heading, heading))

    def write_dl(self, rows: "Iterable[tuple[str, str]]", col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_named(name, METAVARS), _help(text)) for name, text in rows], col_max, col_spacing)


def speak(language: str) -> None:
    """Has click speak the reader's language."""
    click.Context.formatter_class = click.HelpFormatter if language == "en" else Help


def shown(error: click.ClickException, language: str, show: Callable[[str], None]) -> None:
    """What is wrong with the arguments of a command."""
    if language == "en" or type(error).__name__ == "NoArgsIsHelpError":
        if isinstance(error, click.NoSuchOption):
            near = _near(error, error.option_name)
            error = click.NoSuchOption(error.option_name, possibilities=[near] if near else None, ctx=error.ctx)
        error.show()
        return
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        show(context.get_usage())
        if context.command.get_help_option(context) is not None:
            show(f"Xem `{context.command_path} --help` để biết thêm.\n")
    show(f"Lỗi: {said(error)}")


def said(error: click.ClickException) -> str:
    """The error in Vietnamese; what is none of click's own words stays as it is."""
    message = error.format_message()
    for pattern, words in _SAID:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is None:
            continue
        parts = {name: value.replace("'", "") for name, value in found.groupdict().items() if value}
        if parts.get("where"):
            parts["where"] = f"`{parts['where']}`"
        known = ", ".join(re.findall(r"[^\s,']+", found.groupdict().get("known") or ""))
        near = _near(error, found.groupdict().get("name") or "") if words.startswith("không có") else None
        if near is None and known:
            near = closest(parts.get("value", ""), known.split(", "))
        return words.format(**parts) + (CHOICES.format(known) if known else "") + (MEANT.format(near) if near else "")
    return message


def _named(text: str, names: Mapping[str, str]) -> str:
    for name, meant in names.items():
        text = re.sub(rf"(?<![\w<]){re.escape(name)}(?![\w>])", meant, text)
    return text


def _help(text: str) -> str:
    for pattern, words in _IN_HELP:
        text = re.sub(pattern, words, text)
    return text


def _near(error: click.ClickException, name: str) -> str | None:
    """The option or command that was probably meant."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return None
    options = [one for parameter in context.command.get_params(context) for one in parameter.opts if one[:1] == "-"]
    commands = context.command.list_commands(context) if isinstance(context.command, click.Group) else []
    return closest(name, options if name.startswith("-") else commands)
