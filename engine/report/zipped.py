"""Office files are zip archives that say when they were made: without that, the same content is the same bytes."""

import re
import zipfile
from typing import IO

_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write_without_moment(archive: IO[bytes], stream: IO[bytes]) -> None:
    """Writes an archive of Office Open XML to `stream`, without the moments of its making."""
    with zipfile.ZipFile(archive) as made, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as into:
        for name in made.namelist():
            data = made.read(name)
            if name == "docProps/core.xml":
                data = _MOMENT.sub(rb"\g<1>2000-01-01T00:00:00Z", data)
            into.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
