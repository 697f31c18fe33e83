"""`famulor-mcp doctor`: what it finds on machines that are well, and on such that are not."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from tests.people.terminals import environment
from tests.people.test_terminal import piped, sandbox
from tests.ports import free_port

from famulor_mcp.doctor import choices, clients, network, packages, purity, report
from famulor_mcp.doctor.clients import concealed
from famulor_mcp.doctor.command import checked
from famulor_mcp.doctor.finding import Finding, Patient
from famulor_mcp.onboarding.found import Configured
from famulor_mcp.screen import Screen
from famulor_mcp.settings import Secret, Settings
from famulor_tools import SPEC_DIGEST

KEY = "12|abcdefghijklmnop"
PASSWORD = "s3cret-of-a-test"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A home without anybody's clients, and no way out but to this machine."""
    config = tmp_path / ".config"
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(config), "NO_PROXY": "127.0.0.1"}


def examined(*words: str, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit status, and the findings of `doctor --json` by their names."""
    done = subprocess.run(
        [sys.executable, "-m", "famulor_mcp", "doctor", "--json", *words],
        capture_output=True,
        env=environment(**variables),
        cwd=variables["HOME"],
        timeout=180,
        check=False,
    )
    assert done.stderr == b""
    for secret in (KEY, PASSWORD):
        assert secret.encode() not in done.stdout
    report = json.loads(done.stdout)
    assert (report["schema"], report["program"]) == (1, "famulor-mcp")
    return done.returncode, {finding["check"]: finding for finding in report["findings"]}


def test_in_the_sandbox_nothing_is_wrong(home: dict[str, str]) -> None:
    status, found = examined("--sandbox", **home)
    assert status == 0
    assert found["stdio"]["state"] == "ok"
    assert found["stdio"]["facts"]["tools"] > 0
    assert {name for name, one in found.items() if one["state"] == "problem"} == set()
    assert found["clients"]["mend"] == "Set one up: famulor-mcp install CLIENT"


def test_a_key_that_the_api_takes_and_one_that_it_refuses(home: dict[str, str]) -> None:
    with sandbox() as api:
        status, found = examined(**home, **api)
        assert (status, found["key"]["words"]) == (0, "from FAMULOR_API_KEY, accepted")
        assert found["api"]["facts"]["seconds"] > 0
        assert found["clock"]["state"] == "ok"
        status, found = examined(**{**home, **api, "FAMULOR_API_KEY": KEY})
    assert (status, found["key"]["state"]) == (1, "problem")
    assert "dashboard" in found["key"]["mend"]


def test_without_a_network_it_says_so_and_does_not_hang(home: dict[str, str]) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    status, found = examined(**home, FAMULOR_BASE_URL=away, FAMULOR_API_KEY=KEY)
    assert status == 1
    assert found["api"]["state"] == "problem"
    assert found["key"]["state"] == "warning"
    assert "not known" in found["key"]["words"]


def test_wrong_settings_are_all_found_at_once(home: dict[str, str], tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[limits]\nper_minut = 1\n", encoding="utf-8")
    variables = {
        **home,
        "FAMULOR_TIMEOUT": "99",
        "FAMULOR_READONLY": "1",
        "FAMULOR_POLICY": str(policy),
        "FAMULOR_SANDBOX": "1",
    }
    done = piped("doctor", **variables)
    assert done.returncode == 1
    lines = {line[11:28].strip(): line for line in done.stdout.decode().splitlines()}
    assert "line 2" in lines["Policy"]
    assert "does not start" in lines["Server on stdio"]
    for words in (b"FAMULOR_TIMEOUT", b"Did you mean FAMULOR_READ_ONLY?"):
        assert words in done.stdout


def test_proxies_are_named_without_their_passwords(home: dict[str, str]) -> None:
    proxy = f"http://ada:{PASSWORD}@proxy.example:3128"
    _, found = examined("--sandbox", **{**home, "HTTPS_PROXY": proxy})
    assert found["proxy"]["facts"]["proxies"]["https"] == "proxy.example:3128"


@pytest.mark.anyio
async def test_certificates_that_cannot_be_loaded_or_are_not_read(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for name, path, state in [
        ("SSL_CERT_FILE", str(empty), "problem"),
        ("SSL_CERT_FILE", str(tmp_path / "none"), "problem"),
        ("SSL_CERT_DIR", str(tmp_path / "none"), "problem"),
        ("REQUESTS_CA_BUNDLE", str(empty), "warning"),
        ("HOME", str(tmp_path), "ok"),
    ]:
        found = await network.certificates(Patient(Settings(), environment={name: path}))
        assert (name, found[0].state) == (name, state)


def client_file(
    home: dict[str, str], entry: dict[str, Any], name: str = ".cursor/mcp.json"
) -> None:
    """A client, by its file, is on this machine, and this is its entry."""
    file = Path(home["HOME"], name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"mcpServers": {"famulor": entry}}), encoding="utf-8")


def test_a_client_whose_server_starts(home: dict[str, str]) -> None:
    words = ["-m", "famulor_mcp", "--sandbox"]
    client_file(home, {"command": sys.executable, "args": words})
    status, found = examined("--sandbox", **home)
    assert (status, found["client.cursor"]["state"]) == (0, "ok")
    assert "lists" in found["client.cursor"]["words"]


def test_a_client_whose_server_does_not_start_and_what_it_says(home: dict[str, str]) -> None:
    script = "import os, sys; sys.exit('no good: ' + os.environ['FAMULOR_API_KEY'])"
    entry = {"command": sys.executable, "args": ["-c", script], "env": {"FAMULOR_API_KEY": KEY}}
    client_file(home, entry)
    status, found = examined("--sandbox", **home)
    assert (status, found["client.cursor"]["state"]) == (1, "problem")
    assert "no good: …" in found["client.cursor"]["words"]
    assert found["client.cursor"]["facts"]["variables"] == ["FAMULOR_API_KEY"]


def command(script: str, **variables: str) -> Configured:
    """An entry that runs a script."""
    return Configured(sys.executable, ("-c", script), variables)


def told(words: str) -> str:
    """Words as they come out for people and for programs."""
    finding = Finding("client.x", "X", "problem", words)
    return "\n".join(
        [*report.people([finding], Screen(200)), json.dumps(report.programs([finding]))]
    )


@pytest.mark.anyio
async def test_no_secret_of_a_strange_command_is_shown() -> None:
    script = f"import os, sys; sys.exit('no good: {KEY} ' + os.environ['MY_PASSWORD'])"
    fault, _ = await clients.started(command(script, MY_PASSWORD="hunter2"))
    assert "no good: " in fault
    assert "hunter2" not in fault
    assert KEY not in told(fault)
    assert "it may be a key" in told(fault)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "words",
    [
        ["--token=hunter2"],
        ["--api-key", "hunter2"],
        ["--header", "Authorization: Bearer hunter2"],
        ["https://mcp.example/sse?api_key=hunter2&a=b"],
    ],
)
async def test_a_secret_that_stands_on_a_command_line_is_not_shown(words: list[str]) -> None:
    script = "import sys; sys.exit(f'no good: {sys.argv[1:]}')"
    entry = Configured(sys.executable, ("-c", script, *words))
    fault, _ = await clients.started(entry)
    assert "no good: " in fault
    assert words[0].partition("=")[0] in fault
    assert "hunter2" not in fault


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("", "its server does not start: it writes to stdout what is no message of MCP"),
        (
            "; import runpy; sys.argv[1:] = ['--sandbox']; runpy.run_module('famulor_mcp')",
            "its server starts, but it writes to stdout what is no message of MCP",
        ),
    ],
    ids=["and nothing else", "and serves"],
)
async def test_what_a_server_prints_to_stdout_is_told_of_and_not_repeated(
    rest: str, words: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    fault, _ = await clients.started(command(f"import sys; print('welcome', flush=True){rest}"))
    assert fault == words
    assert "welcome" not in "".join(capfd.readouterr()) + caplog.text


@pytest.mark.anyio
async def test_clients_are_tried_beside_each_other_and_none_is_blamed_for_another(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one cannot end before the other has begun, and says then what is no message."""
    for name, value in home.items():
        monkeypatch.setenv(name, value)
    began = Path(home["HOME"], "began")
    waits = (
        f"import os, time\nwhile not os.path.exists({str(began)!r}): time.sleep(0.01)\nprint('x')"
    )
    serves = (
        f"import runpy, sys; open({str(began)!r}, 'w'); sys.argv[1:] = ['--sandbox']; "
        "runpy.run_module('famulor_mcp')"
    )
    client_file(home, {"command": sys.executable, "args": ["-c", waits]})
    client_file(home, {"command": sys.executable, "args": ["-c", serves]}, ".claude.json")
    findings = {one.check: one for one in await clients.configured(Patient(Settings()))}
    assert (findings["client.claude-code"].state, findings["client.cursor"].state) == (
        "ok",
        "problem",
    )
    assert clients.IMPURE in findings["client.cursor"].words


@pytest.mark.parametrize(
    ("errors", "said"),
    [("\none\ntwo\n", "one"), ("Traceback (most recent…\n  x\nNo: you\n", "No: you"), ("", "")],
)
def test_of_what_a_server_says_the_line_that_tells_is_shown(errors: str, said: str) -> None:
    assert purity.gist(errors) == said


def test_a_broken_entry_of_a_project_is_mended_in_the_project(home: dict[str, str]) -> None:
    entry = {"mcpServers": {"famulor": {"command": "no-such-program"}}}
    Path(home["HOME"], ".mcp.json").write_text(json.dumps(entry), encoding="utf-8")
    _, found = examined("--sandbox", **home)
    mend = found["client.claude-code"]["mend"]
    assert mend == "Set it up again: famulor-mcp install claude-code --scope project"


def test_a_key_in_the_wrong_place_is_in_no_report(home: dict[str, str], tmp_path: Path) -> None:
    """`examined` holds that it is not in the JSON."""
    variables = {"FAMULOR_AUDIT": str(tmp_path / KEY), "FAMULOR_TIMEOUT": KEY, "HTTPS_PROXY": KEY}
    _, found = examined("--sandbox", **home, **variables, SSL_CERT_FILE=KEY)
    assert found["settings"]["state"] == "problem"
    assert found["table"]["facts"]["spec_digest"] == SPEC_DIGEST


@pytest.mark.anyio
async def test_a_malformed_key_is_explained_once() -> None:
    settings = Settings(base_url="http://127.0.0.1:9", api_key=Secret("two words"))
    (finding,) = await network.key(Patient(settings))
    assert "holds characters that no key has" in finding.words
    assert "dashboard" not in finding.words
    assert "dashboard" in finding.mend


def test_a_client_whose_command_or_file_is_broken(home: dict[str, str]) -> None:
    client_file(home, {"command": "no-such-program"})
    _, found = examined("--sandbox", **home)
    assert "no-such-program" in found["client.cursor"]["words"]
    Path(home["HOME"], ".cursor", "mcp.json").write_text("{", encoding="utf-8")
    _, found = examined("--sandbox", **home)
    assert "line 1" in found["client.cursor"]["words"]


def test_a_client_of_a_remote_server_is_reached_over_http(home: dict[str, str]) -> None:
    with sandbox() as api:  # an HTTP server, and none of MCP
        client_file(home, {"url": f"{api['FAMULOR_BASE_URL']}/mcp"})
        status, found = examined("--sandbox", **home)
    assert status == 1
    assert "answers with status 404" in found["client.cursor"]["words"]


def distribution(folder: Path) -> metadata.Distribution:
    """A package that was installed into `folder`, as its RECORD has it."""
    text = b"one = 1\n"
    (folder / "thing.py").write_bytes(text)
    digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
    info = folder / "thing-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: thing\nVersion: 1\n", encoding="utf-8")
    (info / "RECORD").write_text(
        f"thing.py,sha256={digest},8\nthing-1.dist-info/METADATA,,\n", encoding="utf-8"
    )
    return metadata.PathDistribution(info)


def test_a_file_that_was_changed_or_removed_is_named(tmp_path: Path) -> None:
    found = distribution(tmp_path)
    assert list(packages.altered(found)) == []
    assert packages.editable(found) == ""
    (tmp_path / "thing.py").write_text("one = 2\n", encoding="utf-8")
    assert list(packages.altered(found)) == ["thing.py"]
    (tmp_path / "thing.py").unlink()
    assert list(packages.altered(found)) == ["thing.py (missing)"]


@pytest.mark.parametrize(
    ("version", "bounds", "fits"),
    [
        ("2.3.0", "<3,>=2.3", True),
        ("3.0", "<3,>=2.3", False),
        ("2.2.9", "<3,>=2.3", False),
        ("", "", False),
        ("1.0", "", True),
        ("0.28.1", "<0.29,>=0.28", True),
    ],
)
def test_versions_are_held_against_their_bounds(version: str, bounds: str, fits: bool) -> None:
    assert packages.fits(version, bounds) is fits


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        (b'{"jsonrpc":"2.0","id":1}\n', ""),
        (b'hello\n{"jsonrpc":"2.0","id":1}\n', "line 1 is no JSON"),
        (b'{"jsonrpc":"2.0","id":1}\r\n', "line 1 ends with CR LF"),
        (b'{"jsonrpc":"2.0","id":"\xff"}\n', "line 1 is no JSON in UTF-8"),
        (b"[]\n", "line 1 is no JSON-RPC"),
        (b'{"jsonrpc":"2.0","id":1}\n{', "the last line has no end"),
    ],
)
def test_whatever_else_is_on_stdout_is_found(output: bytes, fault: str) -> None:
    assert purity.impure(output).startswith(fault)
    assert bool(purity.impure(output)) == bool(fault)


def test_what_prints_at_the_start_of_python_is_found(home: dict[str, str], tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import sys\nif 'stdio' in sys.orig_argv: print('welcome', flush=True)\n", encoding="utf-8"
    )
    status, found = examined("--sandbox", **home, PYTHONPATH=str(site))
    assert (status, found["stdio"]["state"]) == (1, "problem")
    assert "line 1" in found["stdio"]["words"]


@pytest.mark.parametrize("name", ["httpx", "orjson", "famulor_tools.calls"])
def test_what_is_missing_of_an_installation_is_told_by_the_checks_that_do_without(
    home: dict[str, str], tmp_path: Path, name: str
) -> None:
    lost = f"import sys; sys.modules[{name!r}] = None"
    (tmp_path / "sitecustomize.py").write_text(lost, encoding="utf-8")
    status, found = examined(**home, PYTHONPATH=str(tmp_path))
    assert (status, found["python"]["state"]) == (1, "ok")
    if name.startswith("famulor"):
        assert name in found["failed.the tool table"]["words"]
    else:
        assert found["packages"]["words"] == f"wrong: {name} has lost its files"
    assert found["failed.the API"]["words"].startswith("this check cannot be loaded: ")
    assert found["failed.the API"]["mend"].startswith("Install it again: pip install")


@pytest.mark.anyio
async def test_an_audit_file_is_tried_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert (await choices.audit(Patient(Settings(audit=path))))[0].state == "ok"
    assert not path.exists()
    path.symlink_to(tmp_path / "elsewhere")
    assert (await choices.audit(Patient(Settings(audit=path))))[0].state == "problem"


def test_a_store_that_is_away_is_a_problem_and_its_password_is_not_shown(
    home: dict[str, str],
) -> None:
    url = f"redis://:{PASSWORD}@127.0.0.1:{free_port()}/0"
    variables = {**home, "FAMULOR_STORE": url, "FAMULOR_MCP_SECRET": "m" * 32}
    done = piped("doctor", "--sandbox", "--json", **variables)
    found = {one["check"]: one for one in json.loads(done.stdout)["findings"]}
    assert (done.returncode, found["store"]["state"]) == (1, "problem")
    assert PASSWORD.encode() not in done.stdout + done.stderr


def test_clocks_that_differ_are_told_apart() -> None:
    assert network.clock({"date": "Mon, 01 Jan 2001 00:00:00 GMT"})[0].state == "problem"
    assert network.clock({"date": "nonsense"}) == []
    assert network.clock({}) == []


def test_short_values_are_left_in_what_a_server_says() -> None:
    said = concealed(f"1 {KEY} two", {"A": "1", "B": KEY})
    assert said == "1 … two"


@pytest.mark.anyio
async def test_authorities_that_are_not_there_are_no_fault_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    patient = Patient(Settings(base_url="https://127.0.0.1:9", api_key=Secret(KEY)))
    for check in (network.api, network.key):
        (finding,) = await check(patient)
        assert f"SSL_CERT_FILE is {tmp_path / 'none.pem'} (No such file" in finding.words
        assert "firewall" not in finding.mend


@pytest.mark.anyio
async def test_a_folder_that_was_removed_is_told_of_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    (finding,) = await checked("clients", clients.configured, Patient(Settings()))
    assert "the folder that you are in was removed" in finding.words


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["http://a:b/x", "http://xn--/", "http://a\x00"])
async def test_an_address_that_is_none_is_the_finding_of_that_client_alone(url: str) -> None:
    assert await clients.remote(url) == ("its address is none", "")


@pytest.mark.anyio
async def test_certificates_that_cannot_be_read_are_no_fault_of_a_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/none.pem")
    fault, _ = await clients.remote(f"http://127.0.0.1:{free_port()}/mcp")
    assert "SSL_CERT_FILE is /none.pem" in fault


@pytest.mark.anyio
async def test_a_name_that_no_resolver_takes_is_not_found_at_once() -> None:
    fault, _ = await clients.remote(f"https://{'a' * 64}.example/mcp")
    assert fault.endswith("cannot be reached (UnicodeError)")
