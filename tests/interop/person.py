"""A person with a browser and a key, for clients that send one to sign in."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

import httpx
from tests.patience import PATIENCE

FORM = re.compile(r'<form[^>]*action="([^"]*)"')
HIDDEN = re.compile(r'name="(transaction|csrf)" value="([^"]*)"')


def agreed(url: str, key: str) -> str:
    """Open the page at `url`, paste the key and agree: the address that the browser is sent to."""
    with httpx.Client(follow_redirects=True, timeout=PATIENCE) as browser:
        page = browser.get(url)
        form = {**dict(HIDDEN.findall(page.text)), "key": key, "decision": "allow"}
        place = urljoin(str(page.url), html.unescape(FORM.findall(page.text)[0]))
        answer = browser.post(place, data=form)
    _, _, target = answer.headers["refresh"].partition("url=")
    return target
