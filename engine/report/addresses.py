"""The address of a source as a link: of the web alone, and nothing in it ends the link or begins markup."""

from urllib.parse import quote, urlsplit


def web_address(url: str | None) -> tuple[str, str] | None:
    """The address as it can stand in a link, and its host; None if it is none of the web."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
    except ValueError:
        return None
    if url is None or parts.scheme not in ("http", "https") or not host:
        return None
    return quote(url, safe="%/:?#[]@!$&()*+,;=~-._"), host
