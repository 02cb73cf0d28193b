"""The words around a report on a page: headings, column names, controls. What is said about results is in `words`."""

from engine.base.words import words

CAPTIONS = words("page")


def caption(name: str, language: str, **arguments: object) -> str:
    return CAPTIONS[name][language].format(**arguments)
