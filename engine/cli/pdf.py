"""Word documents -> PDF, by LibreOffice, which is started for this alone."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine.base.diagnostics import Location, Problems, diagnostic

OFFICE = "soffice"
AT_A_TIME = 50
PATIENCE = 20
"""Seconds that LibreOffice may take for a document, at most; it needs as long to start."""


def need_office(folder: Path) -> None:
    """Raises Problems if LibreOffice is not installed. `folder`: where its documents were to go."""
    if shutil.which(OFFICE) is None:
        raise Problems([diagnostic("form/no-office", Location(str(folder)))])


def write_pdfs(documents: Sequence[Path], folder: Path) -> None:
    """Write each document as PDF into a folder. Raises Problems if LibreOffice is missing or fails."""
    need_office(folder)
    with tempfile.TemporaryDirectory() as profile:
        for start in range(0, len(documents), AT_A_TIME):
            part = documents[start : start + AT_A_TIME]
            command = [
                OFFICE, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore",
                "--convert-to", "pdf", "--outdir", str(folder), *map(str, part),
            ]  # fmt: skip
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE * (len(part) + 3))
            except (OSError, subprocess.SubprocessError):
                raise Problems([diagnostic("form/no-pdf", Location(str(folder)))]) from None
            missing = [path for path in part if not (folder / f"{path.stem}.pdf").is_file()]
            if missing:
                raise Problems([diagnostic("form/no-pdf", Location(str(path))) for path in missing])
