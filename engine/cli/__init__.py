"""The command `xeploai`: arguments -> the functions of the engine -> what is printed and the exit code.

Exit codes: 0 done; 1 problems found or tests failed; 2 wrong usage; 3 a failure of the engine or a bug.
A command imports what it needs when it runs, so that `--help` is quick.
"""

import sys

import click

from engine import ENGINE_VERSION
from engine.cli.ask import ask
from engine.cli.changelog import changelog
from engine.cli.check import check
from engine.cli.common import DONE, FAILURE, USAGE
from engine.cli.diff import diff
from engine.cli.docs import docs
from engine.cli.evaluate import evaluate
from engine.cli.explain import explain
from engine.cli.format import format_policies
from engine.cli.impact import impact
from engine.cli.init import init
from engine.cli.inspect import compile_policies, explain_code, schema, trace
from engine.cli.new import new
from engine.cli.sensitivity import sensitivity
from engine.cli.test import run_tests
from engine.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(ENGINE_VERSION, prog_name="xeploai")
def cli() -> None:
    """Kiểm điểm, đánh giá, xếp loại theo quy tắc viết bằng YAML / review and grading by rules written as YAML.

    Chương trình đề xuất kèm lý do và căn cứ; cấp có thẩm quyền quyết định.
    The program proposes with reasons and citations; people decide.
    """


def main() -> None:
    """Run the command; a bug or a failure of the engine ends with code 3 and one plain line."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8")
    try:
        cli(prog_name="xeploai", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        # The reader went away (`| head`): nothing is wrong with the run, but nothing more can be printed.
        sys.stderr.close()
        sys.exit(DONE)
    except Exception as error:  # the last resort: a person must never see a traceback
        click.echo(f"xeploai: {type(error).__name__}: {error}", err=True)
        sys.exit(FAILURE)


for command in (
    ask,
    changelog,
    check,
    compile_policies,
    diff,
    docs,
    evaluate,
    explain,
    explain_code,
    format_policies,
    impact,
    init,
    new,
    run_tests,
    schema,
    sensitivity,
    trace,
    verify,
):
    cli.add_command(command)
