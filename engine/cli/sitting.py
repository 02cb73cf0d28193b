"""A sitting of `xeploai ask`: questions and answers until nothing is left to ask, and the file that keeps them."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import read_text
from engine.base.json_text import read_json
from engine.cli.lines import InputEndedError, meant, show, typed_line
from engine.cli.opening import DONE
from engine.cli.outputs import output_to
from engine.core.policy.terms import Text
from engine.core.policy.values import Misfit
from engine.load.cases.answers import Unreadable, day_or_year, is_word, option, readable, yes_or_no
from engine.load.cases.blank import as_json
from engine.report.interview import Asker
from engine.report.sentences import under, who
from engine.study.interview import Answers, Interview, Question, parsed, read, skipping

INTERRUPTED = 130


def draft_of(path: Path) -> Path:
    """Where the answers are kept until they are saved in the file at `path`."""
    return path.with_name(f".{path.name}.draft")


class Sitting:
    """One sitting: the answers so far, the earlier ones to go back to, and those that are saved."""

    def __init__(self, path: Path, text: str | None, asking: Interview, words: Asker, answers: Answers) -> None:
        self.path = path
        self.text = text
        self.interview = asking
        self.ask = words
        self.answers = answers
        self.saved = answers.data if text is not None else None
        self.before: list[Answers] = []

    def run(self) -> NoReturn:
        """Asks until nothing is left or the person stops, then ends the command."""
        try:
            code = self._sit()
        except InputEndedError:
            # Nobody decided whether to save, so the draft stays, as it does when a signal ends the command.
            raise
        except (click.Abort, KeyboardInterrupt):
            self._drop_draft()
            raise
        self._drop_draft()
        sys.exit(code)

    def _sit(self) -> int:
        """Returns the exit code once the person has ended the sitting and decided whether to save."""
        try:
            self._introduce()
            self._take_up_draft()
            while (question := self.interview.next(self.answers)) is not None:
                self._show(question)
                here = self.answers
                while self.answers is here:
                    if not self._take(question):
                        return DONE
            self._finish()
        except (click.Abort, KeyboardInterrupt):
            click.echo()
            return DONE if self._offer_to_save() else INTERRUPTED
        return DONE

    def _drop_draft(self) -> None:
        draft_of(self.path).unlink(missing_ok=True)

    def _take_up_draft(self) -> None:
        draft = draft_of(self.path)
        if not draft.is_file():
            return
        try:
            kept = read_json(draft)
            parsed(self.interview.library, kept, self.interview.override)
        except Problems:
            return
        if kept.data != self.answers.data and self._agreed("draft", by_default=True):
            self.answers = replace(self.answers, data=kept.data)
            self._now()

    # --- what is shown ---

    def _introduce(self) -> None:
        decision = self.interview.standing(self.answers)
        show(f"{who(self.ask.words, decision)} – {under(self.ask.words, decision)}")
        show(self.ask.say("intro"))
        self._now()

    def _now(self) -> None:
        decision = self.interview.standing(self.answers)
        show(self.ask.now(decision, self.interview.most_left(self.answers)), fg="cyan")

    def _show(self, question: Question) -> None:
        click.echo()
        show(self.ask.question(question), bold=True)
        show(f"  {self.ask.takes(question)}")
        for line in self.ask.options(question):
            show(f"  {line}")

    def _explain(self, question: Question) -> None:
        if question.fact is not None:
            show(f"  {question.fact.name}: {self.ask.words.text(question.fact.label)}")
        show(f"  {self.ask.say('why')}:")
        for line in self.ask.why(question, self.interview.leaves(self.answers, question)):
            show(f"    {line}")

    # --- what is typed ---

    def _take(self, question: Question) -> bool:
        """Takes one line from the person. False if the sitting is over."""
        line = typed_line()
        if not line.strip():
            show(f"  {self.ask.say('empty')}")
        elif is_word(line, meant("help")):
            self._explain(question)
        elif is_word(line, meant("back")):
            if self.before:
                self.answers = self.before.pop()
                self._now()
            else:
                show(f"  {self.ask.say('no_earlier')}")
        elif is_word(line, meant("skip")):
            self._go_on(skipping(self.answers, question))
        elif is_word(line, meant("save")):
            self._save()
        elif is_word(line, meant("quit")):
            self._offer_to_save()
            return False
        else:
            self._answer(question, line)
        return True

    def _answer(self, question: Question, line: str) -> None:
        language = self.ask.words.language
        try:
            self._go_on(self.interview.answered(self.answers, question, read(question, line, language)))
            return
        except Unreadable as unreadable:
            show(f"  {self.ask.unreadable(unreadable)}", fg="red")
            return
        except Misfit as misfit:
            reasons = [diagnostic(misfit.code, Location(""), **misfit.arguments)]
        except Problems as problems:
            reasons = list(problems.diagnostics)
        for problem in reasons:
            show(f"  {problem.message(language)}", fg="red")
            remedy = problem.help(language)
            if remedy:
                show(f"    {remedy}")

    def _go_on(self, answers: Answers) -> None:
        self.before.append(self.answers)
        self.answers = answers
        self._keep_draft()
        self._now()

    # --- the subject ---

    def _about_the_subject(self) -> None:
        """Asks for what the case does not say about the subject, and for the grade that the subject proposes."""
        attributes = self.interview.about_subject(self.answers)
        if attributes:
            show(self.ask.say("about"))
        for group, key in attributes:
            question, options = self.ask.about(key, self.interview.regulation)
            show(question, bold=True)
            for number, (name, label) in enumerate(options, 1):
                show(f"  {number}. {self.ask.words.text(label)} ({name})")
            value = self._choice(options, key)
            if value is not None:
                data = self.answers.data
                self.answers = replace(self.answers, data={**data, group: {**data[group], key: value}})
                self._keep_draft()

    def _choice(self, options: Sequence[tuple[str, Text]], key: str) -> str | None:
        while True:
            line = typed_line()
            try:
                text = readable(line)
                if not text or is_word(text, meant("skip")):
                    return None
                if key == "born":
                    return day_or_year(text, self.ask.words.language)
                return option(text, options) if options else text
            except Unreadable as unreadable:
                show(f"  {self.ask.unreadable(unreadable)}")

    # --- the file ---

    def _keep_draft(self) -> None:
        """Keeps the answers beside the file, in case the sitting is cut off."""
        with output_to(draft_of(self.path), private=True) as stream:
            stream.write(as_json(self.answers.data) + "\n")

    def _finish(self) -> None:
        decision = self.interview.standing(self.answers)
        click.echo()
        show(self.ask.say("nothing_left"))
        if self.answers.skipped:
            show(self.ask.say("skipped", count=len(self.answers.skipped)))
        if decision.findings:
            show(f"{self.ask.say('findings')}:")
            for finding in decision.findings:
                show(f"  ! {self.ask.words.text(finding.rule.label)}")
        self._about_the_subject()
        if self._offer_to_save():
            show(self.ask.say("next_step", path=self.path))

    def _offer_to_save(self) -> bool:
        """Offers to save what is not saved yet. True if every answer is in the file."""
        if self.answers.data == self.saved:
            return True
        if self._agreed("save_now", by_default=True):
            return self._save()
        show(self.ask.say("not_saved", path=self.path))
        return False

    def _save(self) -> bool:
        there = read_text(self.path) if self.path.exists() else None
        if there != self.text and not self._agreed("changed", by_default=False):
            show(self.ask.say("not_saved", path=self.path))
            return False
        self.text = as_json(self.answers.data) + "\n"
        with output_to(self.path, private=True) as stream:
            stream.write(self.text)
        self.saved = self.answers.data
        show(self.ask.say("saved", path=self.path))
        return True

    def _agreed(self, phrase: str, by_default: bool) -> bool:
        while True:
            show(f"{self.ask.say(phrase, path=self.path)} {self.ask.say('yes_no' if by_default else 'no_yes')}")
            line = typed_line()
            if not line.strip():
                return by_default
            try:
                return yes_or_no(line)
            except Unreadable as unreadable:
                show(f"  {self.ask.unreadable(unreadable)}")
