"""The language server protocol over the functions of this room: messages in, answers out, and nothing else."""

from datetime import date
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidRequest

from engine.base.diagnostics import Problems
from engine.base.words import wording
from engine.editor.completion import completions
from engine.editor.fixes import fixes
from engine.editor.hover import hover
from engine.editor.lenses import lenses, run_of
from engine.editor.names import index_of
from engine.editor.protocol import completion_of, diagnostic_of, path_of, symbol_of, workspace_edit
from engine.editor.references import NotRenamed, definitions, references, renamable, renamed
from engine.editor.session import Editor
from engine.editor.symbols import formatted, symbols
from engine.editor.untested import untested_sides
from engine.editor.workspace import CASE_SUFFIX, ROWS_SUFFIX, is_case
from engine.load.policies.folders import CASES_FOLDER, POLICIES_FOLDER, VOCABULARY_FILE

TRIGGERS = tuple(' .:{[,"-')
"""The characters after which an editor asks for completions by itself."""
RUN = "xeploai.run"
"""The command of a lens: it runs the tests that reach a rule."""
WATCHED = ("**/*.yaml", f"**/{CASES_FOLDER}/*{CASE_SUFFIX}", f"**/{CASES_FOLDER}/*{ROWS_SUFFIX}")
MISTAKES = wording("editor", "lens", "mistakes")


def server(folder: Path | None, language: str) -> Editor:
    """A server for one editor. `folder`: the policies folder if no file tells it; `language`: vi or en."""
    editor = Editor(folder, language)
    for name, answer, options in ANSWERS:
        editor.feature(name, options)(answer)
    editor.command(RUN)(run)
    return editor


# --- files: which are open, and what they hold


def initialize(editor: Editor, params: types.InitializeParams) -> None:
    """Takes the language that the editor asks for, and looks for policies in its folders."""
    chosen = params.initialization_options
    if isinstance(chosen, dict) and chosen.get("language") in ("vi", "en"):
        editor.language = chosen["language"]
    roots = [path_of(root.uri) for root in params.workspace_folders or ()]
    roots += [path_of(params.root_uri)] if params.root_uri and not roots else []
    places = (place for root in roots for place in (root, root / POLICIES_FOLDER))
    editor.folder = editor.folder or next((place for place in places if (place / VOCABULARY_FILE).is_file()), None)


async def initialized(editor: Editor, _: types.InitializedParams) -> None:
    """Asks to be told of files that other programs change, if the editor can do so."""
    known = editor.client_capabilities.workspace
    watching = known.did_change_watched_files if known is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in WATCHED]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    name = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    registration = types.Registration(id=name, method=name, register_options=options)
    await editor.client_register_capability_async(types.RegistrationParams([registration]))


def did_open(editor: Editor, params: types.DidOpenTextDocumentParams) -> None:
    """Takes in the text of a file that was opened."""
    path, text = path_of(params.text_document.uri), params.text_document.text
    editor.change(path, text)
    editor.lay_out_ahead(path, text)


def did_change(editor: Editor, params: types.DidChangeTextDocumentParams) -> None:
    """Takes in the text of a file that was changed."""
    uri = params.text_document.uri
    editor.change(path_of(uri), editor.workspace.get_text_document(uri).source)


def did_close(editor: Editor, params: types.DidCloseTextDocumentParams) -> None:
    """Goes back to what is saved of a file."""
    path = path_of(params.text_document.uri)
    editor.give_up_laying_out(path)
    editor.change(path, None)


def did_save(editor: Editor, params: types.DidSaveTextDocumentParams) -> None:
    """Looks at the last commit again, which a save often comes before."""
    folder = editor.home(path_of(params.text_document.uri))
    if folder is not None and folder in editor.opened:
        editor.saved.add(folder)
        editor.prove(folder)


def did_change_files(editor: Editor, params: types.DidChangeWatchedFilesParams) -> None:
    """Takes in what another program has written, of files that are not open."""
    for event in params.changes:
        path = path_of(event.uri)
        if event.uri not in editor.workspace.text_documents and (path.suffix == ".yaml" or is_case(path)):
            editor.change(path, None)


# --- questions about a place


def complete(editor: Editor, params: types.CompletionParams) -> list[types.CompletionItem]:
    """What may be typed there."""
    question = editor.question(params)
    if question is None:
        return []
    fitting = completions(question.workspace, question.path, question.place, editor.language)
    return [completion_of(completion, question.counting, number) for number, completion in enumerate(fitting)]


def point_at(editor: Editor, params: types.HoverParams) -> types.Hover | None:
    """What stands there."""
    question = editor.question(params)
    shown = None if question is None else hover(question.workspace, question.path, question.place, editor.language)
    if question is None or shown is None:
        return None
    content = types.MarkupContent(types.MarkupKind.Markdown, shown.text)
    return types.Hover(content, question.counting.range(shown.span))


def define(editor: Editor, params: types.DefinitionParams) -> list[types.Location]:
    """Where the name there is defined."""
    question = editor.question(params)
    if question is None:
        return []
    return editor.locations(question.workspace, definitions(question.workspace, question.path, question.place))


def refer(editor: Editor, params: types.ReferenceParams) -> list[types.Location]:
    """Where else the name there stands."""
    question = editor.question(params)
    if question is None:
        return []
    defining = params.context.include_declaration
    return editor.locations(
        question.workspace, references(question.workspace, question.path, question.place, defining=defining)
    )


def prepare_rename(editor: Editor, params: types.PrepareRenameParams) -> types.Range | None:
    """The name there, if it can be changed."""
    question = editor.question(params)
    if question is None:
        return None
    try:
        return question.counting.range(renamable(question.workspace, question.path, question.place).span)
    except NotRenamed as refused:
        raise JsonRpcInvalidRequest(refused.reason[editor.language]) from refused


def rename(editor: Editor, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """The change of a name in all files."""
    question = editor.question(params)
    if question is None:
        return None
    try:
        changes = renamed(question.workspace, question.path, question.place, params.new_name)
    except NotRenamed as refused:
        raise JsonRpcInvalidRequest(refused.reason[editor.language]) from refused
    return workspace_edit(changes, {path: editor.counting(question.workspace, path) for path in changes})


# --- a file as a whole


def outline(editor: Editor, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """The sections, rules, facts and tests of a file."""
    known = editor.of_file(params.text_document)
    if known is None:
        return []
    workspace, path, counting = known
    return [symbol_of(symbol, counting) for symbol in symbols(workspace, path, editor.language)]


def lay_out(editor: Editor, params: types.DocumentFormattingParams) -> list[types.TextEdit]:
    """The file in house style."""
    known = editor.of_file(params.text_document)
    if known is None:
        return []
    workspace, path, counting = known
    try:
        return counting.edits(formatted(workspace, path))
    except Problems as problems:
        raise JsonRpcInvalidRequest(problems.diagnostics[0].message(editor.language)) from problems


def mend(editor: Editor, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What mends the mistakes on some lines, and the tests that their thresholds lack."""
    known = editor.of_file(params.text_document)
    if known is None:
        return []
    workspace, path, counting = known
    lines = range(params.range.start.line + 1, params.range.end.line + 2)
    problems = [problem for problem in editor.shown.get(path, ("", ()))[1] if problem.location.line in lines]
    offered = fixes(workspace, path, problems, editor.language, date.today())
    tried = editor.tried.get(workspace.folder, {})
    offered += untested_sides(workspace, path, lines, tried, editor.language)
    return [
        types.CodeAction(
            title=fix.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic_of(fix.problem, counting, editor.language)] if fix.problem else None,
            edit=workspace_edit(fix.edits, {changed: editor.counting(workspace, changed) for changed in fix.edits}),
        )
        for fix in offered
    ]


def look(editor: Editor, params: types.CodeLensParams) -> list[types.CodeLens]:
    """How many tests and cases reach each rule of a file."""
    known = editor.of_file(params.text_document)
    if known is None:
        return []
    workspace, path, counting = known
    watched, scope = editor.watched.setdefault(workspace.folder, set()), index_of(workspace).scope_of(path)
    if scope and scope not in watched:
        watched.add(scope)
        editor.prove(workspace.folder)
    tried = editor.tried.get(workspace.folder, {})
    return [
        types.CodeLens(
            range=counting.range(lens.span),
            command=types.Command(lens.text, RUN, arguments=[str(workspace.folder), lens.regulation, lens.rule]),
        )
        for lens in lenses(workspace, path, tried, editor.language)
    ]


async def run(editor: Editor, folder: str, regulation: str, rule: str) -> None:
    """Runs the tests that reach a rule, and says how they came out."""
    workspace = editor.opened.get(Path(folder))
    if workspace is None:
        return
    editor.watched.setdefault(workspace.folder, set()).add(regulation)
    await editor.proved(workspace)
    outcome = editor.tried.get(workspace.folder, {}).get(regulation)
    text = MISTAKES[editor.language] if outcome is None else run_of(outcome, rule, editor.language)
    failed = outcome is None or any(test.failed for tests in outcome.reaching(rule) for test in tests)
    sort = types.MessageType.Warning if failed else types.MessageType.Info
    editor.window_show_message(types.ShowMessageParams(sort, text))


def shut_down(editor: Editor, _: None) -> None:
    """Ends the process that proves."""
    editor.prover.close()


ANSWERS = (
    (types.INITIALIZE, initialize, None),
    (types.INITIALIZED, initialized, None),
    (types.SHUTDOWN, shut_down, None),
    (types.TEXT_DOCUMENT_DID_OPEN, did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.TEXT_DOCUMENT_DID_SAVE, did_save, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_files, None),
    (types.TEXT_DOCUMENT_COMPLETION, complete, types.CompletionOptions(trigger_characters=TRIGGERS)),
    (types.TEXT_DOCUMENT_HOVER, point_at, None),
    (types.TEXT_DOCUMENT_DEFINITION, define, None),
    (types.TEXT_DOCUMENT_REFERENCES, refer, None),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, prepare_rename, None),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, outline, None),
    (types.TEXT_DOCUMENT_FORMATTING, lay_out, None),
    (types.TEXT_DOCUMENT_CODE_ACTION, mend, types.CodeActionOptions([types.CodeActionKind.QuickFix])),
    (types.TEXT_DOCUMENT_CODE_LENS, look, None),
    (types.TEXT_DOCUMENT_RENAME, rename, types.RenameOptions(prepare_provider=True)),
)
"""Each message of the protocol with the function that answers it, and what editors are told of it."""
