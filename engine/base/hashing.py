"""Hashes of plain data by its meaning: the order of keys and the spelling of numbers do not count."""

import hashlib
import json
from decimal import Decimal
from typing import Any


def content_hash(data: object) -> str:
    """Plain data, as documents hold it -> its SHA-256 in hexadecimal."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def canonical(data: object) -> str:
    """Plain data -> the one JSON text that stands for everything with the same meaning."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain_number)


def _plain_number(value: object) -> Any:
    if isinstance(value, Decimal):
        # Readers refuse zero bytes in texts and keys, so a fraction is never the same as some other object.
        return int(value) if value == value.to_integral_value() else {"\0": str(value.normalize())}
    raise TypeError(f"{type(value).__name__} is not plain data")
