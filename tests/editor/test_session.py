"""What a server says by itself to the person at the editor."""

import pytest
from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcInternalError

from engine.editor.session import Editor


@pytest.mark.parametrize(("language", "begins"), [("vi", "Không xử lý được một thông"), ("en", "A message of the")])
def test_a_message_that_cannot_be_handled_is_told_in_the_language_of_the_editor(
    language: str, begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without what it held. A request is answered with its error instead."""
    editor, told = Editor(None, language), list[types.ShowMessageParams]()
    monkeypatch.setattr(editor, "window_show_message", told.append)
    editor._report_server_error(ValueError("Nguyễn Văn Mẫu"), JsonRpcInternalError)
    editor._report_server_error(ValueError("Nguyễn Văn Mẫu"), FeatureRequestError)
    (message,) = told
    assert message.message.startswith(begins)
    assert "Mẫu" not in message.message
