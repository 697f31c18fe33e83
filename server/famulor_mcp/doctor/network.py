"""Checks of the way to the API: proxies, certificates, the answer and its clock, the key."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from famulor_mcp.doctor.finding import Finding
from famulor_mcp.keycheck import judge
from famulor_mcp.resolver import addresses
from famulor_mcp.send import CERTIFICATES, untrusted
from famulor_mcp.settings import SettingsError, variable
from famulor_mcp.start import gateway, own_key, proxied
from famulor_tools import BASE_URL, CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from famulor_mcp.doctor.finding import Patient, State
    from famulor_mcp.keycheck import Verdict
    from famulor_mcp.settings import Settings

PATIENCE = 6.0
"""Seconds that the API has for one answer."""

SKEW, LARGE_SKEW = 30.0, 300.0
"""Seconds that the clocks may differ before hours and limits are said to be off, and are wrong."""

UNREAD = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""What other programs read, and people take to be for all."""

HTTP_FAULT = 500


async def proxies(_patient: Patient) -> list[Finding]:
    """The proxies of the environment, as host and port."""
    found = {scheme: bare(url) for scheme, url in getproxies().items() if scheme != "no"}
    exempt = getproxies().get("no", "")
    facts = {"proxies": found, "no_proxy": exempt}
    if not found:
        return [Finding("proxy", "Proxy", "ok", "none", facts=facts)]
    wrong = [scheme for scheme, address in found.items() if not address]
    if wrong:
        words = f"the proxy for {', '.join(wrong)} is no address"
        mend = "Set HTTPS_PROXY like this: http://proxy.example:3128"
        return [Finding("proxy", "Proxy", "problem", words, mend, facts)]
    words = ", ".join(f"{scheme} by {address}" for scheme, address in found.items())
    words += f"; not for {exempt}" if exempt else ""
    return [Finding("proxy", "Proxy", "ok", words, facts=facts)]


def bare(url: str) -> str:
    """Host and port of a proxy, without its user name and password; nothing where there is none."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = parts.port
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if port else parts.hostname or ""


async def certificates(patient: Patient) -> list[Finding]:
    """Which authorities are trusted, and settings that this program does not read."""
    here = {name: value for name, value in patient.environment.items() if value}
    given = {name: here[name] for name in CERTIFICATES if name in here}
    unread = [name for name in UNREAD if name in here]
    facts = {"read": given, "unread": unread}
    for name, path in given.items():
        if fault := unloadable(name, path):
            mend = f"Set {name} to a PEM file of certificates, or unset it."
            words = f"{name} is {path}: {fault}"
            return [Finding("certificates", "Certificates", "problem", words, mend, facts)]
    if unread and not given:
        words = f"{', '.join(unread)} is set, which this program does not read"
        mend = "If the API cannot be reached for its certificate: set SSL_CERT_FILE as well."
        return [Finding("certificates", "Certificates", "warning", words, mend, facts)]
    words = ", ".join(f"{name}={path}" for name, path in given.items()) or "those that come along"
    return [Finding("certificates", "Certificates", "ok", words, facts=facts)]


def unloadable(name: str, path: str) -> str:
    """Why certificates cannot be loaded from `path`, or nothing."""
    if name == "SSL_CERT_DIR":
        return "" if Path(path).is_dir() else "there is no such folder"
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        return "it holds no certificates"
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


async def api(patient: Patient) -> list[Finding]:
    """Whether the API answers, how fast, and what time it is there. Sends no key."""
    if patient.settings.sandbox:
        return [Finding("api", "API", "ok", "the made-up account inside this process")]
    url = patient.settings.base_url or BASE_URL
    facts: dict[str, Any] = {"url": url}
    try:
        await resolved(url)
        began = time.monotonic()
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, OSError, ValueError) as error:
        words, mend = reasons(error, url)
        return [Finding("api", "API", "problem", words, mend, facts)]
    seconds = round(time.monotonic() - began, 3)
    words = f"{url} answers in {seconds * 1000:.0f} ms, with the time to connect"
    facts |= {"seconds": seconds, "status": answer.status_code}
    state: State = "ok"
    mend = ""
    if answer.status_code >= HTTP_FAULT:
        words, state = f"{words}, but with status {answer.status_code}", "warning"
        mend = "The fault is on the API's side; try again later."
    return [Finding("api", "API", state, words, mend, facts), *clock(answer.headers)]


def reasons(error: Exception, url: str) -> tuple[str, str]:
    """What an error of the connection means, and how to mend it."""
    host = urlsplit(url).hostname
    text = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        mend = "If a proxy of your company opens TLS: set SSL_CERT_FILE to its certificate."
        return f"the certificate of {host} is not trusted", mend
    if isinstance(error, (socket.gaierror, TimeoutError)):
        mend = "Check the network, or set HTTPS_PROXY if the way out is a proxy."
        return f"the name {host} is not found", mend
    if isinstance(error, httpx.TimeoutException):
        return f"{host} does not answer within {PATIENCE:g} s", "Check firewall and proxy."
    if isinstance(error, httpx.ProxyError):
        return "the proxy refuses the connection", "Check HTTPS_PROXY and its credentials."
    if isinstance(error, OSError):
        return f"{host} was not asked: {untrusted(error)}", "See what is said of the certificates."
    mend = f"Check the network, the proxy, and {variable('base_url')}."
    return f"{host} cannot be reached ({type(error).__name__})", mend


async def resolved(url: str) -> None:
    """Return once the name in `url` is found. Raises OSError, UnicodeError for what is no name."""
    if not proxied(url):
        await asyncio.wait_for(addresses(urlsplit(url).hostname or "", 0), PATIENCE)


def clock(headers: Mapping[str, str]) -> list[Finding]:
    """How far the clock here is from that of the API (its header `Date`, to the second)."""
    try:
        there = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return []
    skew = round((datetime.now(UTC) - there).total_seconds())
    facts = {"seconds_ahead": skew}
    if abs(skew) <= SKEW:
        return [Finding("clock", "Clock", "ok", "in step with the API", facts=facts)]
    words = (
        f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'} the API: hours and limits are off"
    )
    state: State = "problem" if abs(skew) > LARGE_SKEW else "warning"
    return [Finding("clock", "Clock", state, words, "Set the clock by a time server (NTP).", facts)]


async def key(patient: Patient) -> list[Finding]:
    """Whether there is a key, where it comes from, and whether the API takes it."""
    name = variable("api_key")
    if patient.settings.sandbox:
        return [Finding("key", "API key", "ok", "that of the made-up account")]
    try:
        found = own_key(patient.settings)
    except SettingsError as error:  # a keychain that is locked, or is not there
        return [Finding("key", "API key", "problem", str(error), CREDENTIALS)]
    if found is None:
        raw = patient.environment.get(name, "").strip()
        why = "holds a client's unfilled ${…}" if raw else "is not set"
        return [Finding("key", "API key", "problem", f"{name} {why}", CREDENTIALS)]
    origin = f"from {name}" if patient.settings.api_key else "from the keychain"
    facts = {"origin": origin.removeprefix("from ")}
    try:
        await resolved(patient.settings.base_url or BASE_URL)
        verdict = await judged(patient.settings, found)
    except (OSError, UnicodeError) as error:  # no network, name or certificates
        words = f"{origin}; whether it is accepted is not known ({type(error).__name__})"
        return [Finding("key", "API key", "warning", words, "See what is said of the API.", facts)]
    return [standing(verdict, origin, {**facts, "standing": verdict.standing})]


async def judged(settings: Settings, key: str) -> Verdict:
    """What the API says of a key. Raises OSError."""
    async with gateway(replace(settings, audit=None, policy=None), ()) as opened:
        return await judge(opened, key)


def standing(verdict: Verdict, origin: str, facts: Mapping[str, Any]) -> Finding:
    """The finding on a key that was judged."""
    if verdict.accepted:
        return Finding("key", "API key", "ok", f"{origin}, accepted", facts=facts)
    if verdict.standing in {"refused", "malformed"}:
        words = f"{origin}, not accepted. {verdict.words.removesuffix(CREDENTIALS)}".rstrip()
        return Finding("key", "API key", "problem", words, CREDENTIALS, facts)
    words = f"{origin}; whether it is accepted is not known. {verdict.words}"
    return Finding("key", "API key", "warning", words, "Run the doctor again later.", facts)
