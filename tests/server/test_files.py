"""Uploads: only from the folder that the operator named, never too large, type by extension."""

import base64
import os
from pathlib import Path

import pytest
from tests.server.tables import UPLOAD

from famulor_mcp import files
from famulor_mcp.build import Part
from famulor_mcp.errors import InvalidArguments

pytestmark = pytest.mark.anyio


async def load(value: dict[str, str], folder: Path | None = None) -> Part:
    return (await files.load(UPLOAD, {"id": 1, "file": value}, folder))["file"]


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def test_a_file_below_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.pdf").write_bytes(b"%PDF")
    assert await load({"path": "sub/a.pdf"}, tmp_path) == Part("a.pdf", b"%PDF", "application/pdf")
    assert await load({"path": str(tmp_path / "sub/a.pdf")}, tmp_path)


@pytest.mark.parametrize("path", ["../secret.txt", "link.txt", "sub/../../secret.txt", "{outside}"])
async def test_a_path_that_leads_outside_is_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(InvalidArguments, match="below the folder"):
        await load({"path": path.format(outside=tmp_path / "secret.txt")}, folder)


@pytest.mark.parametrize("path", ["none.txt", ".", "a\0b", "pipe", "loop"])
async def test_what_is_no_readable_file_is_refused(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InvalidArguments, match="no readable file"):
        await load({"path": path}, tmp_path)


async def test_without_a_folder_there_is_no_path_access_and_the_other_way_is_named() -> None:
    with pytest.raises(InvalidArguments, match=r"--files.*base64"):
        await load({"path": "a.pdf"})


async def test_content_may_be_given_as_base64_with_line_breaks() -> None:
    part = await load(
        {"name": "a.docx", "base64": encoded(b"x" * 60)[:40] + "\n" + encoded(b"x" * 60)[40:]}
    )
    assert part.content == b"x" * 60
    assert part.media_type.endswith("wordprocessingml.document")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\temp\\passwd", "pass\r\nwd"])
async def test_only_the_last_part_of_a_name_is_sent_and_no_control_character(name: str) -> None:
    part = await load({"name": name, "base64": encoded(b"x")})
    assert part.filename == "passwd"
    assert part.media_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"name": "a.txt", "base64": "***"}, "not valid base64"),
        ({"name": "a.txt", "base64": ""}, "is empty"),
        ({"name": "/", "base64": "eA=="}, "must be a file name"),
    ],
)
async def test_bad_content_is_refused(value: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidArguments, match=words):
        await load(value)


async def test_the_size_limit_holds_for_both_ways(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 4)
    (tmp_path / "a.txt").write_bytes(b"12345")
    (tmp_path / "b.txt").write_bytes(b"1234")
    for value in ({"path": "a.txt"}, {"name": "a.txt", "base64": encoded(b"12345")}):
        with pytest.raises(InvalidArguments, match="larger than"):
            await load(value, tmp_path)
    assert (await load({"path": "b.txt"}, tmp_path)).content == b"1234"
