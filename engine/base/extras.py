"""Optional abilities, whose libraries the base install does not bring."""

from importlib.util import find_spec


class MissingExtra(Exception):
    """An optional ability was asked for, and some of its libraries are not installed."""

    def __init__(self, extra: str, modules: tuple[str, ...]) -> None:
        super().__init__(f"the extra `{extra}` is not installed: it needs {', '.join(modules)}")
        self.extra = extra
        self.modules = modules


def need_extra(extra: str, *modules: str) -> None:
    """Raises MissingExtra if one of the libraries of an extra is not installed."""
    missing = tuple(name for name in modules if find_spec(name) is None)
    if missing:
        raise MissingExtra(extra, missing)
