"""The files of the deployment say what the documents say, and name only what exists."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from famulor_mcp import hosting, settings

ROOT = Path(__file__).parents[2]
GRACE_MARGIN = 10
KNOWN = {settings.variable(name) for name in {**settings.READERS, **hosting.READERS}}
FILES = (
    "compose.yaml",
    "compose.tls.yaml",
    ".env.example",
    "Dockerfile",
    "deploy/famulor-mcp.service",
    "docs/DEPLOYMENT.md",
    "docs/ONLINE_DEPLOYMENT.md",
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


class Loader(yaml.SafeLoader):
    """YAML with Compose's own tags, which replace what another file says."""


def _instead(loader: Loader, node: yaml.SequenceNode) -> list[Any]:
    found: list[Any] = loader.construct_sequence(node)
    return found


Loader.add_constructor("!override", _instead)


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text(name), Loader)
    return found


def services() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def seconds(words: str) -> int:
    return int(words.removesuffix("s"))


@pytest.mark.parametrize("name", FILES)
def test_every_variable_that_a_file_names_exists(name: str) -> None:
    named = set(re.findall(r"FAMULOR_[A-Z_]+", text(name)))
    assert named <= KNOWN, named - KNOWN


def test_every_option_of_the_hosted_server_alone_is_documented_with_its_variable() -> None:
    page = text("docs/DEPLOYMENT.md")
    for name in hosting.READERS:
        assert f"`--{name.replace('_', '-')}" in page
        assert f"`{settings.variable(name)}`" in page


def test_what_compose_and_the_image_choose_is_a_valid_choice() -> None:
    replica = services()["mcp-1"]["environment"]
    image = dict(re.findall(r"(FAMULOR_\w+)=(\S+)", text("Dockerfile").partition("ENV PATH")[2]))
    example = dict(re.findall(r"^#?(FAMULOR_\w+)=(\S+)$", text(".env.example"), re.MULTILINE))
    for chosen in (replica, image | {"FAMULOR_PUBLIC_URL": "http://127.0.0.1:8787"}, example):
        rest = {name: value for name, value in chosen.items() if name != "FAMULOR_AUDIT"}
        given = hosting.load({}, rest)
        settings.load({}, rest | {"FAMULOR_MCP_SECRET": "x" * 32})
    assert given.public_url == "http://127.0.0.1:8080"
    assert hosting.load({}, image).log_format == "json"


def test_a_filled_in_example_makes_replicas_that_may_serve_together() -> None:
    example = dict(re.findall(r"^(FAMULOR_\w+)=(\S*)$", text(".env.example"), re.MULTILINE))
    whole = example | services()["mcp-1"]["environment"] | {"FAMULOR_MCP_SECRET": "x" * 32}
    hosting.consistent(hosting.load({}, whole), settings.load({}, whole))


def test_there_are_two_equal_replicas_a_redis_and_nginx() -> None:
    found = services()
    assert set(found) == {"mcp-1", "mcp-2", "redis", "nginx"}
    assert found["mcp-1"] == found["mcp-2"]


@pytest.mark.parametrize("name", ["mcp-1", "mcp-2", "redis", "nginx"])
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    assert "privileged" not in service
    image = service["image"]
    assert re.search(r":(local|\d+\.\d+\.\d+-alpine)$", image)
    user = service.get("user", "10001:10001")
    assert not user.startswith("0")


def test_only_nginx_can_be_reached_and_only_from_this_machine() -> None:
    open_ = {name: one["ports"] for name, one in services().items() if "ports" in one}
    assert open_ == {"nginx": ["127.0.0.1:8080:8080"]}
    assert services()["redis"]["networks"] == ["back"]
    assert services()["nginx"]["networks"] == ["front"]
    assert compose()["networks"]["back"]["internal"] is True


def test_what_is_believed_of_addresses_comes_from_the_network_of_nginx_alone() -> None:
    (front,) = compose()["networks"]["front"]["ipam"]["config"]
    assert services()["mcp-1"]["environment"]["FAMULOR_TRUSTED_PROXY"] == front["subnet"]


def test_secrets_stand_in_the_environment_file_of_those_who_need_them() -> None:
    found = services()
    assert {name for name, one in found.items() if "env_file" in one} == {"mcp-1", "mcp-2"}
    assert "FAMULOR_MCP_SECRET=\n" in text(".env.example")
    assert "SECRET" not in text("compose.yaml")
    assert ".env" in text(".gitignore").splitlines()
    kept = [line for line in text(".dockerignore").splitlines() if line.startswith("!")]
    assert text(".dockerignore").splitlines()[1] == "*"
    assert not any("env" in line or line == "!." for line in kept)


def test_redis_forgets_nothing() -> None:
    said = " ".join(services()["redis"]["command"])
    assert "--appendonly yes" in said
    assert "--maxmemory-policy noeviction" in said
    assert "redis:/data" in services()["redis"]["volumes"]


def test_calls_in_flight_have_their_time_everywhere() -> None:
    grace = int(services()["mcp-1"]["environment"]["FAMULOR_GRACE"])
    unit = text("deploy/famulor-mcp.service")
    assert seconds(services()["mcp-1"]["stop_grace_period"]) >= grace + GRACE_MARGIN
    assert seconds(services()["nginx"]["stop_grace_period"]) >= grace + GRACE_MARGIN
    assert f"FAMULOR_GRACE={grace}\n" in unit
    assert f"TimeoutStopSec={grace + GRACE_MARGIN}\n" in unit
    assert hosting.Hosting().grace == grace


def test_proxies_let_a_little_more_through_than_the_server_takes() -> None:
    most = hosting.Hosting().max_body
    assert f"client_max_body_size {most + 1}m;" in text("deploy/nginx/proxy.conf")
    assert "max_size" not in text("deploy/Caddyfile")  # it has no limit but where one is set


def test_proxies_keep_idle_connections_for_less_time_than_the_server() -> None:
    from famulor_mcp.hosted.serve import IDLE_SECONDS

    assert IDLE_SECONDS > 60  # nginx's own time, as in replicas.conf nothing else is said
    assert "keepalive_timeout" not in text("deploy/nginx/replicas.conf")
    assert "keepalive 60s" in text("deploy/Caddyfile")


def test_nginx_knows_that_a_replica_is_back_before_the_other_one_is_replaced() -> None:
    """Docker looks 5 seconds after the start at the earliest; a replica listens after 1 or 2.

    One that is still left out then, while the other one stops, leaves none: 502 for everybody.
    """
    left_out = re.findall(r"fail_timeout=(\d+)s", text("deploy/nginx/replicas.conf"))
    assert left_out
    assert all(int(one) <= 2 for one in left_out)


def test_the_image_checks_its_health_with_what_is_in_it() -> None:
    found = re.search(r"^HEALTHCHECK [^[]*CMD (\[.*\])$", text("Dockerfile"), re.MULTILINE)
    assert found
    words = json.loads(found[1])
    assert words[:2] == ["python", "-c"]
    compile(words[2], "health", "exec")
    assert "'/health'" in words[2]


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = text("Dockerfile").splitlines()
    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") < lines.index('ENTRYPOINT ["famulor-mcp"]')
    assert 'CMD ["http"]' in lines
    assert not re.search(r"(SECRET|API_KEY|PASSWORD|TOKEN)", text("Dockerfile"))


def test_the_image_and_the_documents_install_the_pinned_versions_with_the_same_extras() -> None:
    for name in ("Dockerfile", "docs/ONLINE_DEPLOYMENT.md"):
        assert "--constraint deploy/constraints.txt '.[redis,otel]'" in text(name).replace(
            "\\\n    ", ""
        )
    pins = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", text("deploy/constraints.txt"), re.MULTILINE))
    project = tomllib.loads(text("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["redis"], *extras["otel"]]
    names = {found[0] for line in wanted if (found := re.match(r"[a-zA-Z0-9._-]+", line))}
    assert {name.lower().replace(".", "-") for name in names} <= pins.keys()


def test_tls_is_an_addition_to_the_plain_file() -> None:
    nginx = compose("compose.tls.yaml")["services"]["nginx"]
    assert nginx["command"] == ["-c", "/etc/famulor/tls.conf"]
    assert nginx["ports"] == ["80:8080", "443:8443"]
    assert nginx["volumes"][0].endswith(":/etc/tls:ro")
    assert services()["nginx"]["command"] == ["-c", "/etc/famulor/plain.conf"]
    for name in ("plain.conf", "tls.conf"):
        assert (ROOT / "deploy" / "nginx" / name).is_file()


def test_each_file_that_a_document_names_is_there() -> None:
    for page in ("docs/DEPLOYMENT.md", "docs/ONLINE_DEPLOYMENT.md"):
        for name in re.findall(r"\b(deploy/[\w./-]+\w)", text(page)):
            assert (ROOT / name).exists(), name


def test_what_to_set_for_a_new_secret_is_taken() -> None:
    (line,) = set(re.findall(r"python3 -c '([^']+)'", text("docs/DEPLOYMENT.md")))
    assert line in text(".env.example")
    assert line in text("docs/ONLINE_DEPLOYMENT.md")
