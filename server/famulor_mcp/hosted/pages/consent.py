"""What a person decides on, and what can keep them from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from famulor_mcp.keycheck import Standing

Problem = Literal["expired", "client", "redirect", "request", "limited", "server"]
"""Why nobody can be asked, or answered.

expired   the page was open for too long, was used already, or cookies are off
client    nobody registered this client here, or its id was altered
redirect  the address to return to is not one that the client registered
request   a parameter is missing or not good
limited   too many attempts from there
server    a part of this server is away
"""


@dataclass(frozen=True, slots=True)
class Consent:
    """A client's request for access, as it is shown before the key is typed.

    client       its name as registered: anybody's text
    host         where the browser is sent afterwards: `claude.ai`, `127.0.0.1`, or the scheme of
                 an app such as `cursor`
    local        that is a program on the person's own machine
    verified     the name comes from a client ID metadata document on that host
    action       path that the form is posted to
    transaction  what ties the form to the request, sent back as it is
    csrf         the value that the cookie has as well
    fault        why the page is shown again, empty at first
    seconds      how long to wait, where the fault is `limited`
    """

    client: str
    host: str
    local: bool
    verified: bool
    action: str
    transaction: str
    csrf: str
    fault: Standing | Literal["expired", ""] = ""
    seconds: float = 0.0
