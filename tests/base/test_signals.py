"""When a signal may end what runs."""

import signal
from collections.abc import Iterator
from types import FrameType, SimpleNamespace

import click
import pytest

import engine.cli as cli_module
from engine.base.signals import signals_held_back


class Ended(BaseException):
    pass


@pytest.fixture
def ending() -> Iterator[None]:
    """SIGTERM raises Ended."""

    def end(number: int, frame: FrameType | None) -> None:
        raise Ended

    before = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_signal_is_heard_after_the_context(ending: None) -> None:
    heard_at = "inside"
    with pytest.raises(Ended), signals_held_back():
        signal.raise_signal(signal.SIGTERM)
        heard_at = "after"
    assert heard_at == "after"


def test_a_signal_does_not_break_the_import_of_a_command(ending: None, monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []

    def import_slowly(name: str) -> SimpleNamespace:
        signal.raise_signal(signal.SIGTERM)
        imported.append(name)
        return SimpleNamespace(check=click.Command("check"))

    monkeypatch.setattr(cli_module, "import_module", import_slowly)
    with pytest.raises(Ended):
        cli_module.cli.get_command(click.Context(cli_module.cli), "check")
    assert imported == ["engine.cli.check"]
