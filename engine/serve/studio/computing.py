"""What pages ask workers to compute, and the last answers, which are kept while the cases and the policies stay."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from engine.core.judge.record import Results
from engine.core.policy.regulation import Library
from engine.serve.studio.case_store import StoredCase
from engine.serve.studio.comparing import Compared, TestShown, compare, run_tests
from engine.serve.studio.judging import (
    CaseText,
    Download,
    Readings,
    download,
    explain_case,
    judge_all,
    other_readings,
)
from engine.serve.studio.reading import Read, Sent, read_sent
from engine.serve.studio.shell import Visit
from engine.study.explain import Explanation
from engine.study.interview import Interview, interview, parsed

MOST_KEPT = 32

T = TypeVar("T")


class Kept:
    """The last answers, by what they came from."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[object, ...], Any] = OrderedDict()
        self._turn = threading.Lock()

    def answer(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, or gave for the same key. Raises what `make` raises."""
        with self._turn:
            if key in self._answers:
                self._answers.move_to_end(key)
                kept: T = self._answers[key]
                return kept
        made = make()
        with self._turn:
            self._answers[key] = made
            while len(self._answers) > MOST_KEPT:
                self._answers.popitem(last=False)
        return made


def results_of(here: Visit, cases: Sequence[StoredCase]) -> Results:
    """The cases of the folder, judged together."""
    return _kept(here, "results", cases, lambda library, texts: judge_all(library, texts))


def readings_of(here: Visit, cases: Sequence[StoredCase]) -> Readings:
    """What other readings would change among the cases."""
    return _kept(here, "readings", cases, lambda library, texts: other_readings(library, texts))


def explanation_of(here: Visit, case: StoredCase) -> Explanation:
    """Why a case comes out as it does. Raises Problems if it cannot be judged."""
    return _kept(here, "explanation", [case], lambda library, texts: explain_case(library, texts[0]))


def file_of(here: Visit, cases: Sequence[StoredCase], form: Download) -> bytes:
    """The results of the cases in a file to keep."""
    return _kept(here, form, cases, lambda library, texts: download(library, texts, form, here.language))


def interview_of(here: Visit, name: str, data: Mapping[str, Any]) -> Interview:
    """What asks about a case. It is kept for every case of the same kind, day and period. Raises Problems."""
    case = parsed(here.library, dict(data))
    key = ("interview", here.served.hash, case.regulation, case.subject.kind, case.as_of, case.period_kind)
    kept: Kept = here.request.app.state.kept
    return kept.answer(key, lambda: interview(here.library, dict(data), {}))


def differences_of(here: Visit, old: str, new: str) -> Compared:
    """Two regulations side by side."""
    kept: Kept = here.request.app.state.kept
    key = ("compare", here.served.hash, here.language, old, new)
    return kept.answer(key, lambda: compare(here.library, old, new, here.language))


def tests_of(here: Visit, regulation: str) -> list[TestShown]:
    """The tests of a regulation, run. They are not kept, because the files of tests are no part of what is served."""
    return run_tests(here.library, here.settings.policies, regulation, here.language)


def sent_cases(here: Visit, files: Sequence[Sent]) -> Read:
    """The cases of files that were sent."""
    return read_sent(here.library, files, here.language)


def _kept(
    here: Visit, what: str, cases: Sequence[StoredCase], make: Callable[[Library, tuple[CaseText, ...]], T]
) -> T:
    key = (what, here.served.hash, here.language, *((case.name, case.etag) for case in cases))
    texts = tuple(CaseText(case.name, case.text) for case in cases)
    kept: Kept = here.request.app.state.kept
    return kept.answer(key, lambda: make(here.library, texts))
