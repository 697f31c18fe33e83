"""OpenTelemetry traces of what the hosted server does, if its operator wants them.

The SDK makes a span of every message, this module one of every call that goes past it and of every
request to the API. They are sent by OTLP over HTTP, as the standard variables `OTEL_…` say. Off
unless one of them names where to; then nothing here is imported but the names of the variables.

A span tells which tool, which operation of the API, how it ended and how long it took, and the id
that the request has in the log. Only what `KEPT` lists leaves the process: the SDK's own spans
hold words of clients (names of tools that do not exist, messages of errors), which may be anything.

The API is not told of the trace. It could not go on with it, and it would learn which requests of
different accounts belong together.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from famulor_mcp.hosted.logs import current
from famulor_mcp.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

    from mcp.server.lowlevel import Server
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    from famulor_mcp.hosted.identity import Identity
    from famulor_mcp.hosted.swift import Plain
    from famulor_mcp.send import Answer, Fault, Observer
    from famulor_tools.table import Tool

SERVICE = "famulor-mcp"
END_SECONDS = 3.0
"""How long the end of the process may wait for a collector that takes the last spans."""
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
PROTOCOL = "http/protobuf"
METHOD, TOOL = "mcp.method.name", "gen_ai.tool.name"
REQUEST = "famulor.request_id"
WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}").fullmatch
VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
KEPT: Mapping[str, Callable[[str], Any]] = {
    METHOD: str,
    TOOL: str,
    "mcp.protocol.version": VERSION,
    "gen_ai.operation.name": WORD,
    "error.type": WORD,
    "rpc.response.status_code": WORD,
    "http.request.method": WORD,
    "http.response.status_code": WORD,
    "http.request.resend_count": WORD,
    "server.address": str,
    "url.template": str,
    REQUEST: WORD,
}
"""What a span may tell, and the form that it must have. Methods and tools must be known as well."""


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the operator said where traces go, and did not turn them off."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        return False
    return any(environment.get(name, "").strip() for name in ENDPOINTS)


def able(environment: Mapping[str, str]) -> None:
    """Raise `SettingsError` where traces are wanted and cannot be sent."""
    if not wanted(environment):
        return
    if find_spec("opentelemetry.sdk") is None:
        raise SettingsError(
            f"{ENDPOINTS[0]} is set, and traces need an extra: pip install 'famulor-mcp[otel]'. "
            "To do without traces: OTEL_SDK_DISABLED=true"
        )
    for name in PROTOCOLS:
        if environment.get(name, PROTOCOL) != PROTOCOL:
            raise SettingsError(
                f"{name} must be {PROTOCOL}, not {environment[name]!r}. Its port is 4318 as a rule."
            )


@contextmanager
def traced(
    environment: Mapping[str, str], version: str, tools: Collection[str], base_url: str
) -> Iterator[Tracing]:
    """Send the spans of this process until the end of the context, if they are wanted."""
    if not wanted(environment):
        yield Tracing()
        return
    provider = _provider(version, tools)
    try:
        yield Spans(base_url)
    finally:
        ending = Thread(target=provider.shutdown, daemon=True)
        ending.start()
        ending.join(END_SECONDS)


def _provider(version: str, tools: Collection[str]) -> TracerProvider:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    own = Resource.create({"service.name": SERVICE, "service.version": version})
    chosen = OTELResourceDetector().detect()
    provider = TracerProvider(resource=own.merge(chosen), shutdown_on_exit=False)
    provider.add_span_processor(marker())
    provider.add_span_processor(BatchSpanProcessor(discreet(OTLPSpanExporter(), tools)))
    trace.set_tracer_provider(provider)
    return provider


class Tracing:
    """Where spans come from. This one makes none."""

    observer: Observer | None = None

    def around(self, plain: Plain) -> Plain:
        """The same, with a span of each call: they do not go through the SDK."""
        return plain

    def lead(self, server: Server[Any]) -> None:
        """Have the SDK see every message first: what answers without it stands before it else."""


class Spans(Tracing):
    """Spans of what the SDK does not see."""

    def __init__(self, base_url: str) -> None:
        from opentelemetry.trace import get_tracer

        self._tracer = get_tracer(SERVICE)
        self._host = urlsplit(base_url).hostname or ""
        self.observer = self._tried

    def around(self, plain: Plain) -> Plain:
        from opentelemetry.trace import SpanKind, StatusCode

        facts = {METHOD: "tools/call", "gen_ai.operation.name": "execute_tool"}

        async def traced(identity: Identity, name: str, arguments: Any, modern: bool) -> Any:
            with self._tracer.start_as_current_span(
                name, kind=SpanKind.SERVER, attributes={**facts, TOOL: name}
            ) as span:
                result = await plain(identity, name, arguments, modern)
                if result.get("isError"):
                    span.set_attribute("error.type", "tool_error")
                    span.set_status(StatusCode.ERROR)
                return result

        return traced

    def lead(self, server: Server[Any]) -> None:
        from mcp.server._otel import OpenTelemetryMiddleware

        server.middleware.sort(key=lambda one: not isinstance(one, OpenTelemetryMiddleware))

    async def _tried(
        self, tool: Tool, attempt: int, trying: Awaitable[Answer | Fault]
    ) -> Answer | Fault:
        """One request to the API. Its path is told as the document has it, without values."""
        from opentelemetry.trace import SpanKind, StatusCode

        facts: dict[str, Any] = {
            "http.request.method": tool.method,
            "url.template": tool.path,
            "server.address": self._host,
        }
        if attempt > 1:
            facts["http.request.resend_count"] = attempt - 1
        with self._tracer.start_as_current_span(
            tool.path, kind=SpanKind.CLIENT, attributes=facts
        ) as span:
            outcome = await trying
            status = getattr(outcome, "status", None)
            if status is not None:
                span.set_attribute("http.response.status_code", status)
            if status is None or status >= 400:
                span.set_attribute("error.type", str(status or "no_answer"))
                span.set_status(StatusCode.ERROR)
            return outcome


def marker() -> SpanProcessor:
    """Gives each span the id that its request has in the log."""
    from opentelemetry.sdk.trace import SpanProcessor

    class Marker(SpanProcessor):
        def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
            if trace := current():
                span.set_attribute(REQUEST, trace.id)

    return Marker()


def discreet(inner: SpanExporter, tools: Collection[str]) -> SpanExporter:
    """Lets out what `KEPT` allows, and hands it to `inner`."""
    from opentelemetry.sdk.trace.export import SpanExporter

    class Discreet(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return inner.export([bare(span, tools) for span in spans])

        def shutdown(self) -> None:
            inner.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return inner.force_flush(timeout_millis)

    return Discreet()


def bare(span: ReadableSpan, tools: Collection[str]) -> ReadableSpan:
    """A copy without anybody's words: no events, no descriptions, no state that a client sent."""
    from opentelemetry.sdk.trace import ReadableSpan as Copy
    from opentelemetry.trace import Status

    facts = kept(span.attributes or {}, tools)
    return Copy(
        name=named(facts),
        context=anonymous(span.context),
        parent=anonymous(span.parent),
        resource=span.resource,
        attributes=facts,
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )


def anonymous(context: Any) -> Any:
    """A span's place in its trace, without the free text that a client may have sent with it."""
    from opentelemetry.trace import SpanContext

    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def kept(facts: Mapping[str, Any], tools: Collection[str]) -> dict[str, Any]:
    """What may be told of a span's attributes."""
    from mcp_types.methods import SPEC_CLIENT_METHODS, SPEC_CLIENT_NOTIFICATION_METHODS

    methods = SPEC_CLIENT_METHODS | SPEC_CLIENT_NOTIFICATION_METHODS
    found = {name: value for name, value in facts.items() if _sane(name, value)}
    if found.get(METHOD, "") not in methods:
        found.pop(METHOD, None)
    if found.get(TOOL, "") not in tools:
        found.pop(TOOL, None)
    return found


def _sane(name: str, value: Any) -> bool:
    form = KEPT.get(name)
    return form is not None and bool(form(str(value)))


def named(facts: Mapping[str, Any]) -> str:
    """A span's name, made again of what may be told."""
    parts = ("http.request.method", "url.template") if "url.template" in facts else (METHOD, TOOL)
    return " ".join(str(facts[part]) for part in parts if part in facts) or "(unknown)"
