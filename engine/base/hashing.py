"""Hashes of what plain data means: the order of keys and the spelling of numbers do not count."""

import hashlib
import json
from decimal import Decimal
from typing import Any


def content_hash(data: object) -> str:
    """Plain data, as `sources` yields it -> a SHA-256 in hexadecimal."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain_number)


def _plain_number(value: object) -> Any:
    if isinstance(value, Decimal):
        # No text and no key that is read can hold a zero byte, so a fraction is never taken for a text.
        return int(value) if value == value.to_integral_value() else {"\0": str(value.normalize())}
    raise TypeError(f"{type(value).__name__} is not plain data")
