"""What pages ask workers to compute, and the last answers, which are kept while the cases and the policies stay."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import read_policy
from engine.core.judge.record import Results
from engine.load.policies.folders import properties_files
from engine.report.document import Document
from engine.serve.problems import Refusal
from engine.serve.studio.case_store import StoredCase
from engine.serve.studio.comparing import Compared, Moved, TestShown, compare, compare_saves, run_tests
from engine.serve.studio.judging import (
    CaseText,
    Download,
    Naming,
    Readings,
    download,
    explain_case,
    judge_all,
    other_readings,
)
from engine.serve.studio.papering import (
    FormOffered,
    dossier_of_case,
    form_file,
    forms_archive,
    forms_offered,
    office_table,
)
from engine.serve.studio.proving import proof
from engine.serve.studio.reading import Read, Sent, read_sent
from engine.serve.studio.shell import Visit
from engine.serve.workers import Pool
from engine.study.explain import Explanation
from engine.study.interview import Interview, interview, parsed

MOST_KEPT = 32
SECONDS_FOR_PROOFS = 300.0
"""For all properties of a regulation, which a person asks for and waits for."""
SECONDS_FOR_FORMS = 600.0
"""For the forms of every case, some thousands at most."""

T = TypeVar("T")


class Kept:
    """The last answers, by what they came from."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[object, ...], Any] = OrderedDict()
        self._turn = threading.Lock()
        self._making: dict[tuple[object, ...], threading.Lock] = {}

    def answer(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, or gave for the same key; whoever asks meanwhile waits for it. Raises what `make` raises,
        and then the next who asks makes it again."""
        with self._turn:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            try:
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
            finally:
                with self._turn:
                    self._making.pop(key, None)


def results_of(here: Visit, cases: Sequence[StoredCase]) -> Results:
    """The cases of the folder, judged together."""
    results: Results = _kept(here, judge_all, cases)
    return results


def readings_of(here: Visit, cases: Sequence[StoredCase]) -> Readings:
    """What other readings would change among the cases."""
    readings: Readings = _kept(here, other_readings, cases)
    return readings


def explanation_of(here: Visit, case: StoredCase, why_not: str | None) -> Explanation:
    """Why a case comes out as it does, and why not as a grade. Raises Problems if it cannot be judged."""
    explanation: Explanation = _of_case(here, explain_case, case, why_not)
    return explanation


def file_of(here: Visit, cases: Sequence[StoredCase], form: Download, naming: Naming) -> bytes:
    """The results of the cases in a file to keep."""
    content: bytes = _kept(here, download, cases, form, here.language, naming)
    return content


def forms_for(here: Visit, case: StoredCase) -> tuple[list[FormOffered], tuple[Diagnostic, ...]]:
    """The forms for a case, and why there is none. Raises Problems if the case cannot be judged."""
    offered: tuple[list[FormOffered], tuple[Diagnostic, ...]] = _of_case(here, forms_offered, case, here.language)
    return offered


def file_of_form(here: Visit, case: StoredCase, form: str, naming: Naming) -> bytes:
    """A form of a case as a Word document. Raises Problems."""
    content: bytes = _of_case(here, form_file, case, form, here.language, naming)
    return content


def dossier_shown(here: Visit, case: StoredCase) -> Document:
    """Which papers the dossier of a case must hold, and what is missing."""
    document: Document = _of_case(here, dossier_of_case, case, here.language)
    return document


def office_file(here: Visit, cases: Sequence[StoredCase], table: str, ending: str, naming: Naming) -> bytes:
    """A table that goes up, or the list of dossiers, as `.docx` or `.xlsx`."""
    content: bytes = _kept(here, office_table, cases, table, ending, here.language, naming)
    return content


def archive_of_forms(here: Visit, cases: Sequence[StoredCase], naming: Naming) -> bytes:
    """The right forms of cases as a ZIP archive, which is too large to be kept. Raises Problems if there is none."""
    texts = [CaseText(case.name, case.text) for case in cases]
    here.log("forms_archive", cases=len(cases))
    content: bytes = ask(here, forms_archive, texts, here.language, naming, seconds=SECONDS_FOR_FORMS, slow=True)
    return content


def interview_of(here: Visit, name: str, data: Mapping[str, Any]) -> Interview:
    """What asks about a case, in this process: it matches nothing. It is kept for every case of the same kind, day and
    period. Raises Problems."""
    case = parsed(here.library, dict(data))
    key = ("interview", here.served.hash, case.regulation, case.subject.kind, case.as_of, case.period_kind)
    kept: Kept = here.request.app.state.kept
    return kept.answer(key, lambda: interview(here.library, dict(data), {}))


def differences_of(here: Visit, old: str, new: str) -> Compared:
    """Two regulations side by side."""
    compared: Compared = _answer(here, (), compare, old, new, here.language)
    return compared


def saves_compared(here: Visit, old: str, new: str) -> list[Moved]:
    """What changed from one save of the policies to another. Raises Problems."""
    moved: list[Moved] = _answer(here, (), compare_saves, here.settings.policies, old, new, here.language)
    return moved


def tests_of(here: Visit, regulation: str) -> list[TestShown]:
    """The tests of a regulation, run. They are not kept, because the files of tests are no part of what is served."""
    shown: list[TestShown] = ask(here, run_tests, here.settings.policies, regulation, here.language)
    return shown


def proof_of(here: Visit, regulation: str) -> Document:
    """What becomes of the properties of a regulation; kept while their files and the policies stay. Raises Problems."""
    folder = here.settings.policies
    texts = "\n".join(read_policy(file) for file in properties_files(folder / regulation))
    key = (proof, here.served.hash, sha256(texts.encode()).hexdigest(), regulation, here.language)
    kept: Kept = here.request.app.state.kept

    def prove_now() -> Document:
        document: Document = ask(here, proof, folder, regulation, here.language, seconds=SECONDS_FOR_PROOFS, slow=True)
        return document

    return kept.answer(key, prove_now)


def sent_cases(here: Visit, files: Sequence[Sent]) -> Read:
    """The cases of files that were sent."""
    read: Read = ask(here, read_sent, files, here.language, here.settings.limits.cases)
    return read


def _of_case(here: Visit, function: Callable[..., Any], case: StoredCase, *arguments: Any) -> Any:
    """What a function makes of one case and further arguments."""
    here.log(function.__name__, inputs=case.etag)
    return _answer(here, (case.name, case.etag), function, CaseText(case.name, case.text), *arguments)


def _kept(here: Visit, function: Callable[..., Any], cases: Sequence[StoredCase], *arguments: Any) -> Any:
    """What a function makes of cases and further arguments."""
    texts = tuple(CaseText(case.name, case.text) for case in cases)
    inputs = sha256("\n".join(sorted(case.etag for case in cases)).encode()).hexdigest()
    here.log(function.__name__, cases=len(cases), inputs=inputs)
    tags = tuple((case.name, case.etag) for case in cases)
    return _answer(here, tags, function, texts, *arguments)


def _answer(here: Visit, tags: tuple[object, ...], function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function gives in a worker, or gave before. `tags` change with the cases that are among the arguments."""
    kept: Kept = here.request.app.state.kept
    options = tuple(argument for argument in arguments if isinstance(argument, str))
    return kept.answer((function, here.served.hash, tags, options), lambda: ask(here, function, *arguments))


def ask(
    here: Visit, function: Callable[..., Any], *arguments: Any, seconds: float | None = None, slow: bool = False
) -> Any:
    """What a function gives in a worker, within so many seconds or those of the settings. `slow`: it may take minutes,
    and waits for others of its kind. Raises Problems as the function does, and Refusal."""
    pool: Pool = here.request.app.state.pool
    try:
        return pool.ask_from_thread(here.served, function, *arguments, seconds=seconds, slow=slow)
    except Refusal as refusal:
        if refusal.code == "problems":
            raise Problems(refusal.diagnostics) from None
        raise
