"""`evaluate` and `population` give one answer for every input, in every format that cases come in."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.alike import FORMATS, alike
from support.examples import examples

# Nothing is made smaller: what fails is a file of cases, which says enough.
quiet = settings(
    deadline=None, max_examples=examples(2, 100), phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@pytest.mark.parametrize("make", list(FORMATS))
@quiet
@given(seed=st.integers(0, 2**32))
def test_every_input_is_answered_alike(
    make: Callable[[random.Random, Path, int], Path], tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("alike")
    (folder / "in").mkdir()
    alike(make(random.Random(seed), folder / "in", FORMATS[make][0]), folder / "run")


def test_ids_of_signs_that_nobody_sees_repeat_each_other(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    rows = [f"{case_id},2024,2024-12-31,person,Nhóm,20" for case_id in ("\u200b", "\u2060", "C-2")]
    text = "\n".join(["case_id,period,as_of,subject.kind,subject.cohort,a", *rows, ""])
    path.write_text(text, encoding="utf-8")
    assert alike(path, tmp_path / "run") == (2, 1)
