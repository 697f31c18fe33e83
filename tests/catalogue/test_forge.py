"""The forge's workflows: pinned, with least rights, and safe for pull requests from forks."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from famulor_codegen.load import load

GITHUB = Path(__file__).parents[2] / ".github"
WORKFLOWS = {
    path.stem: load(path.read_text(encoding="utf-8"), path.name).raw
    for path in sorted((GITHUB / "workflows").glob("*.yml"))
}
MARK = WORKFLOWS["comment"]["jobs"]["post"]["env"]["MARK"]
every_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@every_workflow
def test_every_action_is_pinned_by_its_full_commit_and_names_its_version(name: str) -> None:
    text = (GITHUB / "workflows" / f"{name}.yml").read_text()
    for line in re.findall(r"uses:.*", text):
        assert re.fullmatch(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


@every_workflow
def test_no_text_of_a_pull_request_becomes_part_of_a_script(name: str) -> None:
    """GitHub fills `${{ }}` in before the shell reads the script; the environment is safe."""
    assert not [step["run"] for step in steps(WORKFLOWS[name]) if "${{" in step.get("run", "")]


@every_workflow
def test_what_runs_code_of_a_pull_request_can_write_nothing(name: str) -> None:
    workflow = WORKFLOWS[name]
    assert "pull_request_target" not in workflow["on"]
    if "pull_request" in workflow["on"]:
        assert workflow["permissions"] == {"contents": "read"}
        assert not any("permissions" in job for job in workflow["jobs"].values())
        assert "secrets." not in str(workflow)
        assert "github.token" not in str(workflow)


def test_what_may_comment_runs_nothing_of_the_pull_request() -> None:
    workflow = WORKFLOWS["comment"]
    assert workflow["on"].keys() == {"workflow_run"}
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["post"]["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not [step for step in steps(workflow) if "uses" in step]
    assert workflow["on"]["workflow_run"]["workflows"] == [WORKFLOWS["review"]["name"]]


def test_what_may_publish_runs_no_code_of_ours_and_comes_from_a_tag_alone() -> None:
    workflow = WORKFLOWS["release"]
    assert workflow["on"] == {"push": {"tags": ["v*"]}}
    assert workflow["permissions"] == {}
    assert "secrets." not in str(workflow)
    jobs = workflow["jobs"]
    assert {name: job["permissions"] for name, job in jobs.items()} == {
        "build": {"contents": "read"},
        "pypi": {"id-token": "write"},
        "forge": {"contents": "write"},
    }
    assert jobs["pypi"]["environment"] == "pypi"
    for name in ("pypi", "forge"):
        assert "actions/checkout" not in str(jobs[name])
        assert jobs[name]["needs"]


@pytest.mark.parametrize("flood", ["ä" * 40_000, "@<!--" * 12_000])
def test_a_comment_mentions_no_one_and_is_cut(flood: str, tmp_path: Path) -> None:
    """The report holds text of a stranger's document."""
    if not all(map(shutil.which, ("bash", "iconv", "sed"))):
        pytest.skip("needs bash, iconv and sed")
    script = next(s["run"] for s in steps(WORKFLOWS["comment"]) if "body.md" in s["run"])
    (tmp_path / "report").mkdir()
    hostile = f"{MARK}\n@everyone <!-- famulor-review --> {flood}"
    (tmp_path / "report" / "comment.md").write_text(hostile, encoding="utf-8")
    command = ["bash", "-eo", "pipefail", "-c", script]
    environment = {"MARK": MARK, "PATH": "/usr/bin:/bin"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    body = (tmp_path / "body.md").read_text(encoding="utf-8")
    assert body.startswith(f"{MARK}\n&#64;everyone &lt;!-- famulor-review")
    assert len(body) < 65_536
    assert "@" not in body


def test_the_review_runs_what_is_installed_and_nothing_that_a_change_lays_beside_it(
    tmp_path: Path,
) -> None:
    if sys.platform != "linux" or not shutil.which("bash"):
        pytest.skip("needs bash and GNU sed")
    for name in ("famulor_codegen/__init__.py", "famulor_codegen/__main__.py", "yaml.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("print('### Tools: no difference'); raise SystemExit")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    script = next(
        s["run"] for s in steps(WORKFLOWS["review"]) if "famulor_codegen" in s.get("run", "")
    )
    script = script.replace("HEAD^1", "no-such-revision")
    environment = {"LINK": "", "GITHUB_STEP_SUMMARY": "summary.md", "PATH": "/usr/bin:/bin"}
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "report" / "status").read_text() == "2\n"
    said = (tmp_path / "report" / "comment.md").read_text()
    assert said.startswith("The document cannot be read:\n\nno-such-revision: neither")


def test_every_owned_folder_exists() -> None:
    owned = re.findall(r"^(/\S+)/ ", (GITHUB / "CODEOWNERS").read_text(), re.MULTILINE)
    assert owned
    assert all((GITHUB.parent / folder.lstrip("/")).is_dir() for folder in owned)


def posted(tmp_path: Path, report: str, files: str, comment: str = "") -> str:
    """What the last step of `comment` sends to the forge, with a forge that only notes it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    forge = folder / "gh"
    forge.write_text(
        "#!/bin/bash\n"
        'case "$*" in\n'
        f"  *files*) printf '{files}' ;;\n"
        f'  *-X\\ GET*) echo \'[{{"number": 7, "head": {{"sha": "abc"}}}}]\' ;;\n'
        f"  *--paginate*comments*) echo '[{comment}]' ;;\n"
        '  *) echo "$*" > sent.txt; cat body.md >> sent.txt ;;\n'
        "esac\n"
    )
    forge.chmod(0o755)
    (tmp_path / "body.md").write_text(report, encoding="utf-8")
    job = WORKFLOWS["comment"]["jobs"]["post"]
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "GH_REPO": "a/b",
        "HEAD": "someone:topic",
        "SHA": "abc",
        "MARK": job["env"]["MARK"],
        "MAKERS": job["env"]["MAKERS"],
    }
    command = ["bash", "-eo", "pipefail", "-c", job["steps"][-1]["run"]]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    sent = tmp_path / "sent.txt"
    return sent.read_text(encoding="utf-8") if sent.exists() else ""


BOT = f'{{"id": 5, "user": {{"login": "github-actions[bot]"}}, "body": "{MARK} old"}}'
needs_jq = pytest.mark.skipif(not shutil.which("jq"), reason="needs jq")


@needs_jq
@pytest.mark.parametrize("maker", ["codegen/x.py", ".github/workflows/review.yml", ".venv/.ready"])
def test_a_change_of_what_makes_the_report_is_said_in_the_comment(
    maker: str, tmp_path: Path
) -> None:
    """A pull request may change the review itself, and then the report says what it likes."""
    said = posted(tmp_path, f"{MARK}\n### Tools: no difference\n", f"{maker}\\nspec/a.yaml\\n")
    assert said.startswith("api -X POST repos/a/b/issues/7/comments")
    assert said.splitlines()[1] == MARK
    assert "> **Read the change yourself:**" in said.splitlines()[2]


@needs_jq
def test_a_report_without_a_difference_updates_a_comment_but_makes_none(tmp_path: Path) -> None:
    assert not posted(tmp_path, f"{MARK}\n### Tools: no difference\n", "README.md\\n")
    again = tmp_path / "again"
    again.mkdir()
    said = posted(again, f"{MARK}\n### Tools: no difference\n", "README.md\\n", BOT)
    assert said.startswith("api -X PATCH repos/a/b/issues/comments/5")
    assert "Read the change yourself" not in said


@needs_jq
def test_a_comment_of_someone_else_is_never_updated(tmp_path: Path) -> None:
    other = BOT.replace("github-actions[bot]", "mallory")
    said = posted(tmp_path, f"{MARK}\n### Tools: stop\n", "spec/famulor.yaml\\n", other)
    assert said.startswith("api -X POST")
