"""What an HTML page of ours may do: nothing but use its own style and script."""

import base64
import hashlib


def content_policy(style: str, script: str | None = None) -> str:
    """The Content-Security-Policy of a page with this very style and this very script, and nothing else."""

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    allowed = f"style-src {hashed(style)};" + (f" script-src {hashed(script)};" if script is not None else "")
    return f"default-src 'none'; {allowed} base-uri 'none'; form-action 'none'"
