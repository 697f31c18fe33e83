"""The tools as one HTML page that needs nothing else: no request, no handler in the markup.

Its policy allows exactly the style and the script in it, by their hashes, so that it may be served
under the strictest policy of a host and no text of the document can become markup or code.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Page:
    """What the page has besides the tools: its style, its script, and the policy that fits them."""

    style: str
    script: str

    @property
    def policy(self) -> str:
        """The Content-Security-Policy of the page."""
        style, script = (_hash(text) for text in (self.style, self.script))
        return (
            f"default-src 'none'; style-src '{style}'; script-src '{script}'; "
            "base-uri 'none'; form-action 'none'"
        )


def page() -> Page:
    """The page's own parts, from the templates."""
    folder = files("famulor_codegen") / "templates"
    style, script = (
        (folder / name).read_text(encoding="utf-8") for name in ("tools.css", "tools.js")
    )
    return Page(style, script)


def marked(text: str) -> Markup:
    """Words of the reference as HTML: what stands between backticks is code."""
    plain = text.replace("\\|", "|")
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(plain))))  # noqa: S704 - escaped before


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
