"""The record: two lines a call, the first before it goes out; masked; and no record, no call."""

import json
import logging
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.server.guard.acts import NOTE, NUMBER, ManualClock, ring

from famulor_mcp.guard.audit import Audit, upstream_id
from famulor_mcp.guard.intent import Intent, fingerprint
from famulor_mcp.guard.refusals import AuditFault

UUID = "0f9cb1d2-5a4e-4f0b-9c3d-2b7a61e8d401"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def audit(file: Path, clock: ManualClock) -> Audit:
    return Audit(file, clock)


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]


def note(**arguments: Any) -> Intent:
    return Intent.of(NOTE, arguments, "ada")


def test_a_call_is_on_record_before_it_is_made_and_completed_after_it(
    audit: Audit, file: Path, clock: ManualClock
) -> None:
    entry = audit.begin(ring(helper_id=7), "accepted")
    (begin,) = lines(file)
    assert (
        begin.items()
        >= {
            "event": "begin",
            "time": "2026-06-23T10:00:00.000Z",
            "id": entry.id,
            "tool": "ring",
            "effect": "contact",
            "arguments": {"number": "+49…78", "helper_id": 7},
            "confirmation": "accepted",
        }.items()
    )
    clock.advance(1.5)
    entry.end("done", "4711")
    assert lines(file)[1] == {
        "event": "end",
        "time": "2026-06-23T10:00:01.500Z",
        "id": entry.id,
        "outcome": "done",
        "upstream_id": "4711",
        "duration": 1.5,
    }


def test_a_call_goes_out_only_once_the_disk_has_its_begin(
    audit: Audit, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a loss of power a call without a record must not have been made."""
    forced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _descriptor: forced.append(len(lines(file))))
    entry = audit.begin(ring())
    assert forced == [1]
    entry.end("done")
    assert forced == [1]


def test_free_text_becomes_its_length_and_what_tells_nothing_stays(
    audit: Audit, file: Path
) -> None:
    audit.begin(
        note(
            text="Meet Ada at 5",
            kind="short",
            number=NUMBER,
            others=[{"number": "+43 660 1234567", "name": "Ada"}],
            extra={"call": UUID, "tel": 4915112345678, "n": 3, "Ada Berg": True, "deep": ["x"]},
        )
    )
    assert lines(file)[0]["arguments"] == {
        "text": "[13 characters]",
        "kind": "short",
        "number": "+49…78",
        "others": [{"number": "+43…67", "name": "[3 characters]"}],
        "extra": {
            "call": UUID,
            "tel": "491…78",
            "n": 3,
            "[8 characters]": True,
            "deep": ["[1 characters]"],
        },
    }


@pytest.mark.parametrize("full", [False, True])
def test_secrets_never_stand_in_the_record(
    file: Path,
    clock: ManualClock,
    full: bool,
) -> None:
    key = "sk-1234567890"
    intent = Intent.of(
        NOTE,
        {
            "text": f"my key is {key}",
            "password": "hunter2",
            "headers": [{"name": "X-Token", "value": "abc123"}],
        },
        fingerprint(key),
    )
    audit = Audit(file, clock, full=full)
    audit.begin(intent, conceal=lambda text: text.replace(key, "[key]")).end("done")
    text = file.read_text()
    assert not any(secret in text for secret in ("hunter2", "abc123", key, fingerprint(key)))
    assert lines(file)[0]["arguments"]["password"] == "[hidden]"


def test_in_full_arguments_stand_as_they_are(file: Path, clock: ManualClock) -> None:
    audit = Audit(file, clock, full=True)
    audit.begin(note(number=NUMBER, text="Grüße\n\u202e\ud800"))
    assert lines(file)[0]["arguments"] == {"number": NUMBER, "text": "Grüße\n\u202e\ud800"}


def test_the_file_is_for_its_owner_only(audit: Audit, file: Path) -> None:
    audit.check()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_crash_between_shows_as_a_begin_without_an_end(
    audit: Audit, file: Path, clock: ManualClock
) -> None:
    lost = audit.begin(ring())
    Audit(file, clock).begin(ring()).end("done")
    ended = {line["id"] for line in lines(file) if line["event"] == "end"}
    begun = {line["id"] for line in lines(file) if line["event"] == "begin"}
    assert begun - ended == {lost.id}


def test_a_line_cut_short_does_not_spoil_the_next(audit: Audit, file: Path) -> None:
    file.write_text('{"event": "beg')
    audit.begin(ring())
    first, second = file.read_text().splitlines()
    assert first == '{"event": "beg'
    assert json.loads(second)["event"] == "begin"


def test_a_rotated_file_is_begun_anew(audit: Audit, file: Path) -> None:
    audit.begin(ring()).end("done")
    file.rename(file.with_suffix(".old"))
    audit.begin(ring())
    assert len(lines(file)) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_lets_no_call_out_and_is_said_loudly(
    clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AuditFault, match="No space left") as caught:
        Audit(Path("/dev/full"), clock).begin(ring())
    assert "Nothing was sent" in caught.value.text
    assert "/dev" not in caught.value.text
    assert caplog.records[0].levelno == logging.CRITICAL


def test_a_write_that_is_cut_short_is_a_full_disk(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda fd, content: whole(fd, content[:10]))
    with pytest.raises(AuditFault, match="No space left"):
        audit.begin(ring())


def test_a_disk_that_fills_up_meanwhile_is_said_loudly_and_spares_the_answer(
    audit: Audit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = audit.begin(ring())

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    entry.end("done")
    assert caplog.records[0].levelno == logging.CRITICAL
    assert entry.id in caplog.text


@pytest.mark.parametrize("place", ["missing/audit.jsonl", ""])
def test_a_file_that_cannot_be_written_is_found_at_the_start(
    tmp_path: Path, clock: ManualClock, place: str
) -> None:
    with pytest.raises(AuditFault):
        Audit(tmp_path / place, clock).check()


def test_a_link_is_not_followed(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AuditFault):
        Audit(tmp_path / "link", clock).check()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"message": "ok", "call_id": 12}, "12"),
        ({"campaign_id": 3, "id": 5}, "5"),
        ({"message": "ok", "data": {"uuid": UUID, "id": None}}, UUID),
        ({"success": True}, ""),
        ([1], ""),
        ("done", ""),
    ],
)
def test_the_id_of_what_was_made_is_found_in_the_answer(answer: Any, expected: str) -> None:
    assert upstream_id(answer) == expected
