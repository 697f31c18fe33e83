"""Traces, as a collector gets them from the real command: what they tell, and what they never."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.hosted.site import ERAS, call, connected, modern, post
from tests.interop.replicas import ready, upstream
from tests.patience import until, web
from tests.ports import free_port

from famulor_mcp.hosted.traces import able, wanted
from famulor_mcp.sandbox import KEY, make_app
from famulor_mcp.settings import SettingsError

HOSTILE = "ring_+4915112345678_12|abcdefghijklmnop"
"""A name of a tool, as a confused model might send it."""
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Collector:
    """Takes traces by OTLP over HTTP, as a collector does."""

    url: str = ""
    raw: list[bytes] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    spans: list[Any] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        self.raw.append(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(facts(group.resource))
            self.spans += [span for scope in group.scope_spans for span in scope.spans]

    def named(self, name: str) -> list[Any]:
        return [span for span in self.spans if span.name == name]


def facts(holder: Any) -> dict[str, str]:
    """The attributes of a span or of a resource, as text."""
    values = ((one.key, one.value) for one in holder.attributes)
    return {key: str(getattr(value, value.WhichOneof("value"))) for key, value in values}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a port of this machine."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            collector.take(gzip.decompress(body) if zipped else body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(log: Path, base_url: str, **variables: str) -> Iterator[str]:
    """The address of a `famulor-mcp http` with these variables; at the end it is told to stop."""
    port = free_port()
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("FAM", "OTEL"))}
    words = ("http", "--auth", "key", "--port", str(port), "--log-format", "json")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "famulor_mcp", *words, "--base-url", base_url],
            env=kept | variables,
            stdout=out,
            stderr=out,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: ready(url))
        yield url
    finally:
        process.terminate()
        assert process.wait(30) == 143


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Collector, Any, str]]:
    """What a collector got of some calls, what the API saw, and what stood in the log."""
    import anyio

    log = tmp_path_factory.mktemp("traces") / "log"
    seen: list[dict[str, str]] = []
    with collecting() as collector, upstream() as api:
        sandbox = make_app()

        async def recorded(scope: Any, receive: Any, send: Any) -> None:
            seen.append({k.decode(): v.decode() for k, v in scope["headers"]})
            await sandbox(scope, receive, send)

        api.app = recorded
        where = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        }
        with served(log, api.url, **where) as url:
            anyio.run(some_calls, url)
        yield collector, seen, log.read_text(encoding="utf-8")


async def some_calls(url: str) -> None:
    await post(url, call("get_me"), X_Request_Id="swift-way")
    for mode in ERAS:
        async with connected(url, mode=mode) as client:
            await client.call_tool("send_sms", {"from": 1, "to": "+4915112345678", "body": "Hallo"})
            await client.call_tool("get_call", {"id": 987654321})
    await post(url, call(HOSTILE, number="+4915112345678"))
    message, headers = modern("tools/call", name="list_calls", arguments={"per_page": 2})
    message["params"]["_meta"]["traceparent"] = f"00-{TRACE}-b7ad6b7169203331-01"
    message["params"]["_meta"]["tracestate"] = "vendor=+4915112345678"
    assert (await post(url, message, **headers)).status_code == 200
    async with web() as client:
        await client.post(url + "/mcp", json=call("get_me"))


Told = tuple[Collector, list[dict[str, str]], str]


def test_a_call_is_a_span_with_the_request_to_the_api_inside(told: Told) -> None:
    collector, _, _ = told
    (span,) = collector.named("tools/call list_calls")
    (inner,) = [one for one in collector.spans if one.parent_span_id == span.span_id]
    found = facts(inner)
    assert (found["http.request.method"], found["http.response.status_code"]) == ("GET", "200")
    assert inner.name == f"GET {found['url.template']}"
    assert found["server.address"] == "127.0.0.1"
    assert span.start_time_unix_nano <= inner.start_time_unix_nano < inner.end_time_unix_nano


def test_a_call_that_goes_past_the_sdk_is_told_as_well(told: Told) -> None:
    (span,) = told[0].named("tools/call get_me")
    assert facts(span)["gen_ai.tool.name"] == "get_me"
    assert [one.name for one in told[0].spans if one.parent_span_id == span.span_id] == [
        "GET /api/user/me"
    ]


def test_a_failed_call_is_a_failed_span_and_names_no_record(told: Told) -> None:
    spans = told[0].named("tools/call get_call")
    assert len(spans) == 2
    for span in spans:
        assert facts(span)["error.type"] == "tool_error"
        assert span.status.code == 2
        assert span.status.message == ""


def test_a_client_with_a_trace_of_its_own_finds_the_call_in_it(told: Told) -> None:
    (span,) = told[0].named("tools/call list_calls")
    assert span.trace_id.hex() == TRACE


def test_a_span_has_the_id_of_its_request_in_the_log(told: Told) -> None:
    (span,) = told[0].named("tools/call get_me")
    assert facts(span)["famulor.request_id"] == "swift-way"
    assert '"request":"swift-way"' in told[2]
    assert all("famulor.request_id" in facts(one) for one in told[0].spans)


def test_the_service_says_what_it_is_and_takes_more_from_the_operator(told: Told) -> None:
    for resource in told[0].resources:
        assert resource["service.name"] == "famulor-mcp"
        assert resource["service.version"]
        assert resource["deployment.environment.name"] == "test"


def test_no_key_number_text_or_argument_gets_into_a_trace(told: Told) -> None:
    whole = b"".join(told[0].raw)
    assert len(told[0].spans) > 10
    for word in (KEY, "4915112345678", "Hallo", "987654321", HOSTILE, "per_page"):
        assert word.encode() not in whole


def test_a_tool_that_does_not_exist_is_not_named(told: Told) -> None:
    spans = told[0].named("tools/call")
    assert spans
    assert all("gen_ai.tool.name" not in facts(span) for span in spans)


def test_the_api_is_not_told_of_the_trace(told: Told) -> None:
    assert len(told[1]) > 4
    assert not any({"traceparent", "tracestate", "baggage"} & headers.keys() for headers in told[1])


@pytest.mark.anyio
async def test_a_collector_that_is_away_holds_up_neither_calls_nor_the_end(tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    with (
        upstream() as api,
        served(tmp_path / "log", api.url, OTEL_EXPORTER_OTLP_ENDPOINT=away) as url,
    ):
        assert (await post(url, call("get_me"))).status_code == 200


def test_traces_are_off_until_somebody_says_where_to() -> None:
    here = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert wanted(here)
    assert not wanted({})
    assert not wanted({"OTEL_SERVICE_NAME": "x"})
    assert not wanted(here | {"OTEL_SDK_DISABLED": "true"})
    assert not wanted(here | {"OTEL_TRACES_EXPORTER": "none"})


def test_what_is_off_loads_nothing() -> None:
    code = (
        "import sys, famulor_mcp.hosted.start;"
        "loads = 'opentelemetry.sdk', 'opentelemetry.exporter', 'google.protobuf';"
        "sys.exit(any(name.startswith(loads) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_extra_is_refused_before_anything_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("famulor_mcp.hosted.traces.find_spec", lambda _name: None)
    able({})
    with pytest.raises(SettingsError, match=r"famulor-mcp\[otel\]"):
        able({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})


def test_a_protocol_that_is_not_spoken_is_refused() -> None:
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317"}
    with pytest.raises(SettingsError, match="http/protobuf"):
        able(variables | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
