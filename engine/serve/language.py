"""The language of an answer."""

from fastapi import Request

LANGUAGES = ("vi", "en")


def language_of(request: Request) -> str:
    """The language that `?lang=` names, or the server's."""
    named = request.query_params.get("lang")
    language: str = named if named in LANGUAGES else request.app.state.settings.language
    return language
