"""`xeploai ask`: a case filled in by asking, in the terminal."""

import re
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import read_text
from engine.base.json_text import parse_json, read_json
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.new import asker, day_option, empty_case, graded_kinds, id_option, period_option
from engine.cli.opening import DONE, PROBLEMS, loaded, print_diagnostics, regulation_named
from engine.cli.options import language_option, policies_option, switch_option, switches_of
from engine.cli.outputs import check_outputs, output_to  # fmt: skip
from engine.cli.usage import misuse
from engine.core.policy.live import in_force
from engine.core.policy.model import Library, Regulation, Text
from engine.core.policy.values import Misfit
from engine.load.cases.answers import Unreadable, is_word, option, readable, yes_or_no
from engine.load.cases.blank import as_json
from engine.report.interview import Asker
from engine.report.sentences import Sayings
from engine.report.terminal import styled, takes_colours
from engine.study.interview import Answers, Interview, Question, interview, parsed, read, skipping

HELP = ("?", "？", "giúp", "help")
BACK = ("<", "lùi", "lui", "quay lại", "back")
SKIP = ("-", "bỏ qua", "bo qua", "chưa biết", "chua biet", "chưa rõ", "chua ro", "không rõ", "khong ro", "skip",
        "unknown")  # fmt: skip
SAVE = ("lưu", "luu", "save")
QUIT = ("thoát", "thoat", "quit", "exit")
INTERRUPTED = 130


@click.command(cls=Verb)
@click.argument("path", metavar="CASE.json", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--regulation",
    default=None,
    metavar="ID",
    shell_complete=completion.regulations,
    help="regulation",
)
@click.option(
    "--subject",
    "kind",
    default=None,
    metavar="KIND",
    shell_complete=completion.kinds,
    help="subject",
)
@id_option
@period_option
@day_option
@policies_option
@language_option
@switch_option
def ask(
    path: Path,
    regulation: str | None,
    kind: str | None,
    case_id: str | None,
    period: str | None,
    day: str | None,
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
) -> None:
    """Fill in a case by asking what still matters."""
    check_outputs(language, [path], (), folder)
    library = loaded(folder, language)
    switches = switches_of(interpretations)
    text: str | None = None
    override = regulation
    try:
        if path.exists():
            data, text = _opened(path, kind, library, regulation, language)
        else:
            one, kind = _chosen(library, regulation, kind, day, language)
            data, _ = empty_case(
                library, library.regulations[one], kind, switches, language,
                case_id=case_id or path.stem, period=period, day=day,
            )  # fmt: skip
            override = None
        meeting = interview(library, data, switches, override)
    except Problems as problems:
        print_diagnostics(problems.diagnostics, language)
        sys.exit(PROBLEMS)
    session = _Session(path, text, meeting, asker(library, meeting.by.regulation, language), Answers(data))
    if text is None and (period is None or day is None):
        as_of = session.ask.words.day(date.fromisoformat(data["as_of"]))
        _tell(session.ask.say("put", period=data["period"], day=as_of))
    session.run()


def _opened(
    path: Path, kind: str | None, library: "Library", regulation: str | None, language: str
) -> tuple[dict[str, Any], str]:
    if regulation is not None:
        regulation_named(library, regulation, language)
    text = read_text(path)
    document = parse_json(str(path), text)
    case = parsed(library, document, regulation)
    if kind is not None and kind != case.subject.kind:
        misuse("other_kind", name=kind, file=path, kind=case.subject.kind)
    return document.data, text


def _chosen(
    library: "Library", regulation: str | None, kind: str | None, day: str | None, language: str
) -> tuple[str, str]:
    """The regulation and the kind of subject of a new case: as named, as the day has it, or asked for."""
    # A local layer is named with --regulation: nobody is asked about it who does not know it.
    regulations = [name for name, one in library.regulations.items() if one.extends is None]
    regulations = [name for name in regulations if _covers(library.regulations[name], day)] or regulations
    words = asker(library, library.regulations[regulations[0]], language)
    if regulation is None:
        # Regulations that replace each other mostly have the same title: told apart by number and days.
        every = [library.regulations[name] for name in regulations]
        labels = [(one.id, words.words.documents.get(one.id, one.label)) for one in every]
        days = {one.id: words.in_force(one.in_force_from, one.in_force_until) for one in every}
        question = words.say("choose_regulation")
        regulation = regulations[0] if len(labels) == 1 else _choose(question, labels, words, days)
    one = regulation_named(library, regulation, language)
    if kind is None:
        kind = _choose(words.say("choose_subject"), list(graded_kinds(one).items()), words)
    return regulation, kind


def _covers(regulation: "Regulation", day: str | None) -> bool:
    try:
        return day is None or in_force(regulation, date.fromisoformat(day))
    except ValueError:
        return True


def _tell(text: str, **style: Any) -> None:
    """Print, with lines broken between words where the terminal is narrow."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    lines = [text]
    if width:
        indent = re.match(r" *(?:[0-9]+\. |! )?", text)
        further = " " * len(indent[0] if indent else "")
        lines = textwrap.wrap(
            text, max(width, 20), subsequent_indent=further, break_long_words=False, break_on_hyphens=False,
            drop_whitespace=True, replace_whitespace=False,
        ) or [""]  # fmt: skip
    coloured = takes_colours(sys.stdout)
    for line in lines:
        sys.stdout.write(styled(line, **style) if coloured else line)
        sys.stdout.write("\n")
    sys.stdout.flush()


def _choose(
    question: str, options: "list[tuple[str, Text]]", words: "Asker", notes: Mapping[str, str] | None = None
) -> str:
    _tell(question, bold=True)
    for number, (name, label) in enumerate(options, 1):
        note = f", {notes[name]}" if notes else ""
        _tell(f"  {number}. {words.words.text(label)}{note} ({name})")
    while True:
        try:
            return option(readable(_line()), options)
        except Unreadable as unreadable:
            _tell(f"  {words.unreadable(unreadable)}")


def _line() -> str:
    """One line that a person types. Raises click.Abort on Ctrl-C and at the end of input."""
    while True:
        try:
            line: str = click.prompt("", prompt_suffix="> ", default="", show_default=False)
            return line
        except UnicodeDecodeError:
            # A terminal that does not speak UTF-8: what it sent is lost, so it is asked for again.
            click.echo("UTF-8?")


def draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.draft")


class _Session:
    """One sitting: the answers so far, those before them, and what has been saved."""

    def __init__(self, path: Path, text: str | None, meeting: "Interview", words: "Asker", answers: "Answers") -> None:
        self.path = path
        self.text = text
        self.meeting = meeting
        self.ask = words
        self.answers = answers
        self.saved = answers.data if text is not None else None
        self.before: list[Answers] = []

    def run(self) -> NoReturn:
        try:
            self._sit()
        except (SystemExit, click.Abort, KeyboardInterrupt):
            # However a person ended it, saving or not was up to them.
            draft_of(self.path).unlink(missing_ok=True)
            raise

    def _sit(self) -> NoReturn:
        try:
            self._introduce()
            self._take_up_draft()
            while (question := self.meeting.next(self.answers)) is not None:
                self._show(question)
                here = self.answers
                while self.answers is here:
                    if not self._take(question):
                        sys.exit(DONE)
            self._finish()
        except (click.Abort, KeyboardInterrupt):
            click.echo()
            sys.exit(DONE if self._offer_to_save() else INTERRUPTED)
        sys.exit(DONE)

    def _take_up_draft(self) -> None:
        draft = draft_of(self.path)
        if not draft.is_file():
            return
        try:
            kept = read_json(draft)
            parsed(self.meeting.library, kept, self.meeting.override)
        except Problems:
            return
        if kept.data != self.answers.data and self._agreed("draft", by_default=True):
            self.answers = replace(self.answers, data=kept.data)
            self._now()

    # --- what is shown ---

    def _introduce(self) -> None:
        decision = self.meeting.standing(self.answers)
        sayings = Sayings(self.ask.words)
        _tell(f"{sayings.who(decision)} – {sayings.under(decision)}")
        _tell(self.ask.say("intro"))
        self._now()

    def _now(self) -> None:
        decision = self.meeting.standing(self.answers)
        _tell(self.ask.now(decision, self.meeting.most_left(self.answers)), fg="cyan")

    def _show(self, question: "Question") -> None:
        click.echo()
        _tell(self.ask.question(question), bold=True)
        _tell(f"  {self.ask.takes(question)}")
        for line in self.ask.options(question):
            _tell(f"  {line}")

    def _explain(self, question: "Question") -> None:
        if question.fact is not None:
            _tell(f"  {question.fact.name}: {self.ask.words.text(question.fact.label)}")
        _tell(f"  {self.ask.say('why')}:")
        for line in self.ask.why(question, self.meeting.leaves(self.answers, question)):
            _tell(f"    {line}")

    # --- what is typed ---

    def _take(self, question: "Question") -> bool:
        """One line from the person; False where the sitting is over."""
        line = _line()
        if not line.strip():
            _tell(f"  {self.ask.say('empty')}")
        elif is_word(line, HELP):
            self._explain(question)
        elif is_word(line, BACK):
            if self.before:
                self.answers = self.before.pop()
                self._now()
            else:
                _tell(f"  {self.ask.say('no_earlier')}")
        elif is_word(line, SKIP):
            self._go_on(skipping(self.answers, question))
        elif is_word(line, SAVE):
            self._save()
        elif is_word(line, QUIT):
            self._offer_to_save()
            return False
        else:
            self._answer(question, line)
        return True

    def _answer(self, question: "Question", line: str) -> None:
        language = self.ask.words.language
        try:
            self._go_on(self.meeting.answered(self.answers, question, read(question, line, language)))
            return
        except Unreadable as unreadable:
            _tell(f"  {self.ask.unreadable(unreadable)}", fg="red")
            return
        except Misfit as misfit:
            found = [diagnostic(misfit.code, Location(""), **misfit.arguments)]
        except Problems as problems:
            found = list(problems.diagnostics)
        for one in found:
            _tell(f"  {one.message(language)}", fg="red")
            remedy = one.help(language)
            if remedy:
                _tell(f"    {remedy}")

    def _go_on(self, answers: "Answers") -> None:
        self.before.append(self.answers)
        self.answers = answers
        self._keep_draft()
        self._now()

    # --- the subject ---

    def _about_the_subject(self) -> None:
        """What the case leaves open of who is reviewed and of the grade that they give themselves."""
        told, graded = False, self.meeting.standing(self.answers).grading is not None
        for group, key, question, options in self.ask.about(self.answers.data, self.meeting.regulation, graded):
            if not told:
                _tell(self.ask.say("about"))
                told = True
            _tell(question, bold=True)
            for number, (name, label) in enumerate(options, 1):
                _tell(f"  {number}. {self.ask.words.text(label)} ({name})")
            value = self._one_of(options)
            if value is not None:
                data = self.answers.data
                self.answers = replace(self.answers, data={**data, group: {**data[group], key: value}})
                self._keep_draft()

    def _one_of(self, options: "Sequence[tuple[str, Text]]") -> str | None:
        while True:
            line = _line()
            try:
                text = readable(line)
                if not text or is_word(text, SKIP):
                    return None
                return option(text, options) if options else text
            except Unreadable as unreadable:
                _tell(f"  {self.ask.unreadable(unreadable)}")

    # --- the file ---

    def _keep_draft(self) -> None:
        """What was answered, beside the file, in case the sitting ends as nobody meant it to."""
        with output_to(draft_of(self.path), private=True) as stream:
            stream.write(as_json(self.answers.data) + "\n")

    def _finish(self) -> None:
        decision = self.meeting.standing(self.answers)
        click.echo()
        _tell(self.ask.say("nothing_left"))
        if self.answers.skipped:
            _tell(self.ask.say("skipped", count=len(self.answers.skipped)))
        if decision.findings:
            _tell(f"{self.ask.say('findings')}:")
            for one in decision.findings:
                _tell(f"  ! {self.ask.words.text(one.label)}")
        self._about_the_subject()
        if self._offer_to_save():
            _tell(self.ask.say("next_step", path=self.path))

    def _offer_to_save(self) -> bool:
        """True where everything answered is in the file in the end."""
        if self.answers.data == self.saved:
            return True
        if self._agreed("save_now", by_default=True):
            return self._save()
        _tell(self.ask.say("not_saved", path=self.path))
        return False

    def _save(self) -> bool:
        there = read_text(self.path) if self.path.exists() else None
        if there != self.text and not self._agreed("changed", by_default=False):
            _tell(self.ask.say("not_saved", path=self.path))
            return False
        self.text = as_json(self.answers.data) + "\n"
        with output_to(self.path, private=True) as stream:
            stream.write(self.text)
        self.saved = self.answers.data
        _tell(self.ask.say("saved", path=self.path))
        return True

    def _agreed(self, phrase: str, by_default: bool) -> bool:
        while True:
            _tell(f"{self.ask.say(phrase, path=self.path)} {self.ask.say('yes_no' if by_default else 'no_yes')}")
            line = _line()
            if not line.strip():
                return by_default
            try:
                return yes_or_no(line)
            except Unreadable as unreadable:
                _tell(f"  {self.ask.unreadable(unreadable)}")
