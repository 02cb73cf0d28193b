"""Word templates made in memory, a library with forms, and what is wrong with each kind of bad template."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from engine.base.diagnostics import Diagnostic
from engine.base.json_text import parse_json
from engine.cli.form import already_there
from engine.cli.pdf import need_office, write_pdfs
from engine.core.judge.case import Case
from engine.core.policy.regulation import Library
from engine.load.cases.careful import parse_case
from engine.load.policies.forms import read_forms
from engine.report.forms.choosing import right_forms, unknown_statements
from engine.report.forms.tags import known_tags
from engine.report.forms.template import problems_of
from engine.versions.opening import load_library
from support import TESTS

BASE = TESTS / "broken" / "base"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="word/document.xml"/></Relationships>'
)
SOURCE = "{document: decree, locator: mục 1, status: inferred, note: {vi: Thử, en: Tried}}"
HEAD = """kind: forms
id: forms
label: {vi: Biểu mẫu, en: Forms}
headings:
  results: {label: {vi: Việc, en: Work}}
forms:
"""
FORM = (
    "  - {{id: {id}, number: Mẫu {id}, label: {{vi: Phiếu, en: Slip}}, template: {id}.docx, applies_to: [{kinds}],"
    " source: {source}{more}}}\n"
)


def word(*paragraphs: str, field: str = "", **more: bytes) -> bytes:
    """A Word document with these paragraphs, a field with this code, and further parts by their names."""
    texts = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    coded = f"<w:p><w:r><w:instrText>{field}</w:instrText></w:r></w:p>" if field else ""
    body = f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{texts}{coded}<w:sectPr/></w:body></w:document>'
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, content in {
            "[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/document.xml": body, **more,
        }.items():  # fmt: skip
            archive.writestr(name, content)
    return stream.getvalue()


def library_with_forms(folder: Path, template: bytes | None = None, kinds: str = "person", more: str = "") -> Library:
    """The small regulation with the form `slip`, and a case of the team for which there may be no form."""
    policies = folder / "policies"
    shutil.copytree(BASE, policies)
    forms = policies / "small" / "forms"
    forms.mkdir()
    rows = FORM.format(id="slip", kinds=kinds, source=SOURCE, more=more)
    (forms / "forms.yaml").write_text(f"{HEAD}{rows}", encoding="utf-8")
    if template is not None:
        (forms / "slip.docx").write_bytes(template)
    return load_library(policies)


def team(library: Library) -> Case:
    """A case of a kind of subject that the form of `library_with_forms` is not for."""
    text = '{"case_id": "T", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "team"}, "facts": {}}'
    case, problems = parse_case(parse_json("t.json", text), library)
    assert case is not None, problems
    return case


def wrong_in(template: bytes) -> Callable[[Path], Iterator[Diagnostic]]:
    """What is wrong with a template."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        library = library_with_forms(folder, template)
        path = folder / "policies" / "small" / "forms" / "slip.docx"
        tags = known_tags(library, library.regulations["small"], read_forms(library).headings)
        yield from problems_of(path, tags)

    return made


def no_template(folder: Path) -> Iterator[Diagnostic]:
    yield from read_forms(library_with_forms(folder)).problems


def for_nobody(asked: str | None) -> Callable[[Path], Iterator[Diagnostic]]:
    def made(folder: Path) -> Iterator[Diagnostic]:
        library = library_with_forms(folder, word("{{ case.case_id }}"))
        yield from right_forms(team(library), read_forms(library), library, asked)[1]

    return made


def own_words_for_nothing(folder: Path) -> Iterator[Diagnostic]:
    library = library_with_forms(folder, word("{{ case.case_id }}"))
    yield from unknown_statements(team(library), {"result": "x"}, read_forms(library).headings)


def written_before(folder: Path) -> Iterator[Diagnostic]:
    yield already_there(folder, ["A.docx"])


@contextmanager
def only_programs_in(folder: Path) -> Iterator[None]:
    before = os.environ["PATH"]
    os.environ["PATH"] = str(folder)
    try:
        yield
    finally:
        os.environ["PATH"] = before


def without_office(folder: Path) -> Iterator[Diagnostic]:
    with only_programs_in(folder):
        need_office(folder)
    return iter(())


def office_that_fails(folder: Path) -> Iterator[Diagnostic]:
    (folder / "soffice").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (folder / "soffice").chmod(0o755)
    with only_programs_in(folder):
        write_pdfs([folder / "A.docx"], folder)
    return iter(())


BAD_FORMS: dict[str, Callable[[Path], Iterator[Diagnostic]]] = {
    "form/exists": written_before,
    "form/in-field": wrong_in(word("{{ case.case_id }}", field=" DATE {{ case.as_of }} ")),
    "form/macros": wrong_in(word("{{ case.case_id }}", **{"word/vbaProject.bin": b"x"})),
    "form/no-form": for_nobody(None),
    "form/no-office": without_office,
    "form/no-pdf": office_that_fails,
    "form/no-tags": wrong_in(word("A picture of a form")),
    "form/no-template": no_template,
    "form/not-a-tag": wrong_in(word("{{ case.case_id.upper() }}")),
    "form/not-for": for_nobody("slip"),
    "form/not-word": wrong_in(b"PK no archive"),
    "form/syntax": wrong_in(word("one", "{% for row in rows %}{{ row.number }}")),
    "form/unknown-statement": own_words_for_nothing,
    "form/unknown-tag": wrong_in(word("one", "{{ case.case_ib }}")),
}
"""What each mistake about forms is told as."""
