"""What the studio offers for a change."""

from pathlib import Path

from support.layers import layer_over_small, library_of

from engine.serve.studio.rule_views import own_regulations


def test_what_a_folder_builds_on_is_not_changed_there(tmp_path: Path) -> None:
    folder, carried = layer_over_small(tmp_path)
    library = library_of(folder, carried)
    assert {*library.regulations} == {"small", "local"}
    assert [*own_regulations(library, folder)] == ["local"]
    assert [*own_regulations(library_of(carried, carried), carried)] == ["small"]
