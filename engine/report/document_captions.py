"""The words around documents and explanations: headings, column names, what stands beside a rule."""

from engine.base.words import words

DOCUMENT_CAPTIONS = words("regulation")
