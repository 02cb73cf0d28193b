"""The command `xeploai`: arguments -> functions of the engine -> what is printed, and the exit code.

Exit codes: 0 done; 1 problems found or tests failed; 2 wrong usage; 3 a defect of the program;
141 the reader of what is printed left early.
The module of a command is imported when the command is called, so that `--help` is quick.
"""

import atexit
import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TextIO

import click

from engine.base.extras import MissingExtra
from engine.base.signals import signals_held_back
from engine.base.version import ENGINE_VERSION
from engine.cli.faults import Terminated, ending_on_signals, language_of, tell_defect
from engine.cli.help import first_sentence, speak
from engine.cli.usage import Commands, as_text
from engine.report.terminal import ReaderGone, Screen

DONE, USAGE, FAILURE, INTERRUPTED, SIGNALLED, READER_GONE = 0, 2, 3, 130, 128, 141

COMMANDS = {
    "ask": ("ask", "ask"),
    "changelog": ("changelog", "changelog"),
    "check": ("check", "check"),
    "compile": ("inspect", "compile_policies"),
    "diff": ("diff", "diff"),
    "docs": ("docs", "docs"),
    "dossier": ("dossier", "dossier"),
    "evaluate": ("evaluate", "evaluate"),
    "explain": ("explain", "explain"),
    "explain-code": ("inspect", "explain_code"),
    "form": ("form", "form"),
    "format": ("format", "format_policies"),
    "impact": ("impact", "impact"),
    "init": ("init", "init"),
    "lsp": ("lsp", "lsp"),
    "new": ("new", "new"),
    "population": ("population", "population"),
    "prove": ("prove", "prove_properties"),
    "schema": ("inspect", "schema"),
    "sensitivity": ("sensitivity", "sensitivity"),
    "serve": ("serve", "serve"),
    "table": ("table", "table"),
    "test": ("test", "run_tests"),
    "user": ("user", "user"),
    "trace": ("inspect", "trace"),
    "verify": ("verify", "verify"),
}
"""The module of each command, and the function there."""


class _Commands(Commands):
    """The verbs, each imported when it is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, function = COMMANDS[name]
        with signals_held_back():
            command: click.Command = getattr(import_module(f"engine.cli.{module}"), function)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        described = [click.Command(name, help=first_sentence(name)) for name in COMMANDS]
        click.Group(commands=described).format_commands(context, formatter)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(ENGINE_VERSION, prog_name="xeploai")
def cli() -> None:
    """Review and grading by rules written as YAML."""


def main() -> None:
    """Run the command; a bug or a failure of the engine ends with code 3 and lines to hand on."""
    # Policies and records are trees without cycles, so the collector finds little, and least at the end.
    gc.set_threshold(100_000, 50, 100)
    atexit.register(gc.freeze)
    sys.stdout, sys.stderr = _screen(sys.stdout), _screen(sys.stderr)
    code: int | str | None = DONE
    try:
        code = _run()
        sys.stdout.flush()
        sys.stderr.flush()
    except ReaderGone:
        # Whether all is well was not printed, so a hook must not take it for so.
        code = READER_GONE
        _print_no_more()
    except OSError as error:
        # What was printed did not reach its file (`> /dev/full`); one message about it is enough.
        code = code or _foreseen_by_no_command(error)
        _print_no_more()
    sys.exit(code)


def _print_no_more() -> None:
    """Lets Python flush at the end of the process what is still in its buffers, without failing."""
    for number in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _screen(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed by the caller (`>&-`)
        return open(os.devnull, "w", encoding="utf-8")
    if not isinstance(stream, TextIOWrapper):
        return stream
    buffering = stream.line_buffering
    return Screen(stream.detach(), encoding="utf-8", line_buffering=buffering)


def _run() -> int | str | None:
    """The exit code of the command. Raises ReaderGone."""
    language = language_of(sys.argv[1:])
    speak(language)
    came: list[int] = []
    try:
        with ending_on_signals() as came:
            cli(prog_name="xeploai", standalone_mode=False)
    except SystemExit as end:
        return end.code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.ClickException as error:
        click.echo(as_text(error, language), err=True)
        return USAGE
    except MissingExtra as missing:
        from engine.cli.extras import misuse_of

        click.echo(as_text(misuse_of(missing), language), err=True)
        return USAGE
    except click.Abort:
        return INTERRUPTED
    except Terminated as signal:
        return SIGNALLED + int(signal.args[0])
    except ReaderGone:
        raise
    except Exception as error:  # the last resort: a person must never see a traceback
        # DuckDB, for one, says only that its query was interrupted.
        return SIGNALLED + came[0] if came else _foreseen_by_no_command(error)
    return DONE


def _foreseen_by_no_command(error: Exception) -> int:
    """Prints what happened, and gives the exit code. An error of the system is no defect of the program."""
    from engine.cli.opening import exit_code, print_diagnostics
    from engine.cli.outputs import refused_by_the_system

    language = language_of(sys.argv[1:])
    problems = refused_by_the_system(error)
    try:
        if problems is not None:
            print_diagnostics(problems.diagnostics, language)
            return exit_code(problems)
    except (ReaderGone, OSError):
        raise
    except Exception as defect:
        error = defect
    tell_defect(error, sys.argv[1:])
    return FAILURE
