"""What the API's answer means. Input: one answer. Output: data, or an error from the tree.

The API has nine shapes of error and some loose ends; all are read here, by shape and not by
endpoint. A success is never turned into an error for what its body looks like, unless the body
shows that the key was refused. Text of the API is data: bounded, and never evaluated.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from famulor_mcp.errors import OutcomeUnknown, Refused, RefusedKey
from famulor_mcp.send import PASSING, Answer

if TYPE_CHECKING:
    from famulor_mcp.errors import GatewayError
    from famulor_tools.table import Tool

LONGEST = 2000
"""Characters of the API's own words in an error."""


def finite(text: str) -> float | str:
    """A number; as text where it is larger than a number can be, for JSON has no infinity."""
    number = float(text)
    return number if math.isfinite(number) else text


LONGEST_NAME = 200
"""Characters of the name of a field that the API says is wrong."""
LONGEST_TEXT = 20_000
"""Characters of an answer that cannot be read as data."""
NOTE = "note"

# orjson would be faster, but it rounds integers over 64 bits and refuses NaN.
DECODER = json.JSONDecoder(parse_constant=str, parse_float=finite)
LARGE = 256 * 1024
"""Bytes of an answer that is read and shaped in a thread, so that other calls go on meanwhile."""


def same(value: dict[str, Any]) -> dict[str, Any]:
    """`value`. Being Python, it lets other threads run between two objects of a large answer."""
    return value


PATIENT = json.JSONDecoder(parse_constant=str, parse_float=finite, object_hook=same)
ROUTE = re.compile(r"\broute\b.*\bcould not be found|^not found$", re.IGNORECASE)
BASE_ADVICE = (
    "The API does not know this path. If other tools are answered so as well, check the base URL "
    "that this server was given (--base-url, FAMULOR_BASE_URL)."
)
KEY_ADVICE = "Check the API key that this server was given, and that it belongs to this API."


@dataclass(frozen=True, slots=True)
class Reading:
    """A successful answer: its JSON value, or a sentence where there is none.

    `size` is in bytes, as it came. `added` are facts of the gateway for the result. `starts` tells
    for lists of several pages with which arguments each page was read, by its first item; `asked`
    are then the arguments of the last.
    """

    value: Any = None
    sentence: str = ""
    size: int = field(default=0, compare=False)
    added: Mapping[str, Any] = field(default_factory=dict)
    starts: tuple[tuple[int, Mapping[str, Any]], ...] = ((0, {}),)
    asked: Mapping[str, Any] | None = None


def read(tool: Tool, answer: Answer, names: Mapping[str, str]) -> Reading:
    """The meaning of `answer`. `names` maps current argument names to those the caller used."""
    if is_html(answer) and (answer.status < 300 or answer.status == 401):
        raise refused_key("It answered with a web page instead of data.", tool)
    if 200 <= answer.status < 300:
        return success(tool, answer)
    if 300 <= answer.status < 400:
        raise redirected(answer)
    body = parsed(answer.body)
    if answer.status in {401, 403}:
        raise not_allowed(tool, answer.status, body)
    if answer.status == 404 and answer.repeated and tool.effect == "delete":
        return Reading(sentence="Done: it is gone. The answer to an earlier try was lost.")
    raise refusal(tool, answer, body, names)


def success(tool: Tool, answer: Answer) -> Reading:
    """A 2xx answer."""
    text = answer.body.strip()
    if answer.cut:
        return unreadable(tool, answer)
    if not text:
        return Reading(sentence=f"Done: {tool.name} succeeded. The API sent no further content.")
    decoder = PATIENT if len(text) > LARGE else DECODER
    try:
        return Reading(decoder.decode(text.decode("utf-8-sig")), size=len(text))
    except UnicodeDecodeError:
        return foreign(tool, answer, decoder)
    except (ValueError, RecursionError):
        return unreadable(tool, answer)


def foreign(tool: Tool, answer: Answer, decoder: json.JSONDecoder) -> Reading:
    """A 2xx answer that is not UTF-8, which JSON has to be: the letters are a guess."""
    try:
        value = decoder.decode(answer.body.strip().decode("cp1252", "replace"))
    except (ValueError, RecursionError):
        return unreadable(tool, answer)
    note = "The API's answer is not in UTF-8: letters other than a to z may be wrong."
    return Reading(value, size=len(answer.body), added={NOTE: note})


def unreadable(tool: Tool, answer: Answer) -> Reading:
    """A 2xx answer that is no JSON: text as it is, else a broken answer."""
    if not answer.cut and not looks_like_json(answer):
        return Reading(answer.body.decode(errors="replace"))
    reason = answer.cut or "it is not valid JSON"
    if tool.effect == "read":
        return remains(tool, answer, reason)
    check = f" {tool.verify} tells what it did." if tool.verify else ""
    return Reading(
        sentence=f"Done: {tool.name} succeeded, but the API's answer cannot be read: {reason}."
        f"{check} Do not repeat the call."
    )


def remains(tool: Tool, answer: Answer, reason: str) -> Reading:
    """What came of the answer to a read, as text.

    Raises `Refused` where nothing came, or where secrets could not be hidden in it.
    """
    text = bounded(answer.body.decode(errors="replace").strip(), LONGEST_TEXT)
    if not text or tool.secret_results:
        raise Refused(
            f"The API's answer cannot be used: {reason}. Ask for less, or try again.", 502
        )
    note = f"The API's answer is not whole or not as it should be: {reason}. This is its text."
    return Reading(text, size=len(text), added={NOTE: note})


def looks_like_json(answer: Answer) -> bool:
    """Whether a body was meant to be JSON."""
    return "json" in content_type(answer) or answer.body.lstrip()[:1] in {b"{", b"["}


def is_html(answer: Answer) -> bool:
    """Whether a body is a web page. The header alone says nothing: servers set it by default."""
    start = answer.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    tagged = start.startswith(b"<") and "text/html" in content_type(answer)
    return tagged or start.startswith((b"<!doctype", b"<html"))


def content_type(answer: Answer) -> str:
    """The media type of a body, in lower case."""
    return answer.headers.get("content-type", "").lower()


def parsed(body: bytes) -> Any:
    """The JSON value of an error's body, else its text; None for a web page or nothing."""
    try:
        return DECODER.decode(body.decode("utf-8-sig").strip())
    except (ValueError, RecursionError):
        text = body.decode(errors="replace").strip()
        return None if text.startswith("<") else text or None


def refused_key(reason: str, tool: Tool | None = None) -> RefusedKey:
    """The error for a key that the API does not take. `tool` is named where that is a guess."""
    doubt = ""
    if tool and tool.effect != "read" and tool.verify:
        doubt = f" If the key is right, {tool.verify} tells whether {tool.name} was done."
    text = f"The API did not accept the API key. {reason} {KEY_ADVICE}{doubt}"
    return RefusedKey(text, sure=tool is None)


def redirected(answer: Answer) -> GatewayError:
    """A redirect is not followed: it leads to the login page, or to another address."""
    try:
        target = urlsplit(answer.headers.get("location", ""))
    except ValueError:
        target = urlsplit("")
    if "login" in target.path.lower() or "signin" in target.path.lower():
        return refused_key("It answered with a redirect to its login page.")
    place = bounded(target.netloc or "another path", 100)
    return Refused(
        f"The API answered with a redirect to {place}, which is not followed. Nothing was done. "
        "Check the base URL and the API key that this server was given.",
        answer.status,
    )


def not_allowed(tool: Tool, status: int, body: Any) -> GatewayError:
    """401 is the key; 403 is what the key, the plan or the account may do."""
    said = words(body)
    quoted = f'It says: "{said}".' if said else ""
    if status == 401:
        return refused_key(quoted)
    advice = tool.answers.get("403") or "The key or the plan of this account does not permit it."
    return Refused(" ".join(filter(None, ["The API did not allow this.", quoted, advice])), status)


def refusal(tool: Tool, answer: Answer, body: Any, names: Mapping[str, str]) -> GatewayError:
    """Any other answer of 4xx and 5xx."""
    said = words(body)
    code = body.get("error_code") if isinstance(body, Mapping) else None
    own = tool.effect != "read" and answer.status >= 500 and not code
    if own and answer.status in PASSING:
        return OutcomeUnknown.after(tool, f"the API answered {answer.status}")
    lines = [
        f"The API refused {tool.name} with status {answer.status}" + (f": {said}" if said else "."),
        *field_errors(body, names),
        f"Code: {bounded(str(code), 100)}." if code else "",
        details(body),
        tool.answers.get(str(answer.status)) or advice(tool, answer.status),
        BASE_ADVICE if strayed(answer.status, said) else "",
        f"It may have been done all the same: look with {tool.verify}."
        if own and tool.verify
        else "",
    ]
    return Refused("\n".join(line for line in lines if line), answer.status)


def strayed(status: int, said: str) -> bool:
    """Whether no route of the API was met: it would say what is missing, not that a route is."""
    return bool(ROUTE.search(said)) or status == 405 or (status == 404 and not said)


def advice(tool: Tool, status: int) -> str:
    """What to do about a status of which the table says nothing."""
    if status == 404:
        return "Check the ids that were given: a tool that lists such things shows those there are."
    if status < 500:
        return ""
    if tool.effect == "read":
        return "The fault is the API's: try again later, or ask for less."
    return "The fault is the API's, not one of the arguments."


def words(body: Any) -> str:
    """What the API says, from `message` and `error`, or the body's text."""
    if isinstance(body, str):
        return bounded(body)
    if isinstance(body, list):
        return bounded(saying(body))
    if not isinstance(body, Mapping):
        return ""
    said = [text for field in ("message", "error") if (text := saying(body.get(field)))]
    return bounded("; ".join(dict.fromkeys(said)))


def saying(value: Any) -> str:
    """A message, wherever it stands: a text, an object that holds one, or a list of these."""
    if isinstance(value, Mapping):
        return saying(value.get("message") or value.get("error"))
    if isinstance(value, list):
        flat = ("" if isinstance(item, list) else saying(item) for item in value[:20])
        dumped = (json.dumps(item, ensure_ascii=False) for item in value)
        return "; ".join(text or other for text, other in zip(flat, dumped, strict=False))
    return value.strip() if isinstance(value, str) else ""


def field_errors(body: Any, names: Mapping[str, str]) -> Iterator[str]:
    """A line per field of `errors`, under the name that the caller used."""
    errors = body.get("errors") if isinstance(body, Mapping) else None
    if isinstance(errors, list):
        errors = {str(index): error for index, error in enumerate(errors)}
    if not isinstance(errors, Mapping):
        return
    for name, texts in list(errors.items())[:20]:
        first, dot, rest = bounded(str(name), LONGEST_NAME).partition(".")
        said = texts if isinstance(texts, list) else [texts]
        text = " ".join(saying(one) or json.dumps(one, ensure_ascii=False) for one in said)
        yield f"- {names.get(first, first)}{dot}{rest}: {bounded(text, 500)}"


def details(body: Any) -> str:
    """The `data` that some refusals carry."""
    data = body.get("data") if isinstance(body, Mapping) else None
    return f"Details: {bounded(json.dumps(data, ensure_ascii=False), 500)}" if data else ""


def bounded(text: str, most: int = LONGEST) -> str:
    """At most so many characters of a text, control characters replaced by spaces."""
    clean = "".join(c if c.isprintable() or c == "\n" else " " for c in text[:most])
    return clean if len(text) <= most else f"{clean}…"
