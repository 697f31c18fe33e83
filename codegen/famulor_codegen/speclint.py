"""The command `python -m famulor_codegen lint`: the document by all rules, with lines.

openapi-spec-validator judges the structure, `hygiene` the words and examples; that the document
makes tools at all is judged first. Exit status: 0 nothing found, 1 findings, 2 no document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from famulor_codegen import hygiene
from famulor_codegen.errors import Report, SpecError, join
from famulor_codegen.hygiene import RULES, Finding
from famulor_codegen.load import Source, load
from famulor_codegen.refs import walk

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from famulor_codegen.table import Catalogue

EXCEPTIONS = "exceptions.yaml"


def lint(source: Source, catalogue: Catalogue, folder: Path) -> None:
    """Judge a document, with the exceptions that `folder` holds.

    Raises:
        SpecError: all findings.
    """
    report = Report(source.file, source.lines)
    for pointer, sentence in _structure(source.raw):
        report.add(pointer, f"[structure] {sentence}")
    excused = _exceptions(folder / EXCEPTIONS)
    found = hygiene.findings(source, catalogue, frozenset(excused.raw.get("obvious", [])))
    for one in found:
        if (one.rule, one.subject) not in _pairs(excused.raw):
            report.add(one.pointer, f"[{one.rule}] {one.subject}: {one.sentence}")
    failed: list[SpecError] = []
    for part in (report, _unused(excused, found)):
        try:
            part.close()
        except SpecError as error:
            failed.append(error)
    if failed:
        raise Findings(failed)


class Findings(Exception):  # noqa: N818 - it is no fault of the program
    """All that was found, one line each."""

    def __init__(self, parts: Iterable[SpecError]) -> None:
        super().__init__("\n".join(str(part) for part in parts))


def _structure(raw: dict[str, Any]) -> Iterable[tuple[str, str]]:
    is_30 = str(raw.get("openapi", "")).startswith("3.0")
    validator: Any = (OpenAPIV30SpecValidator if is_30 else OpenAPIV31SpecValidator)(raw)
    for error in validator.iter_errors():
        yield _place(raw, error), str(error.args[0])


def _place(raw: dict[str, Any], error: Any) -> str:
    """Where an error is. Some come without a place: then where their schema stands first."""
    path = tuple(getattr(error, "absolute_path", ()))
    schema = getattr(error, "schema", None)
    if path or not schema:
        return join("", *path)
    return next((pointer for pointer, node in walk(raw) if node == schema), "")


def _exceptions(path: Path) -> Source:
    if not path.is_file():
        return Source(path.name, "", {}, {})
    source = load(path.read_text(encoding="utf-8"), str(path))
    report = Report(source.file, source.lines)
    for index, entry in enumerate(source.raw.get("exceptions", [])):
        at = join("/exceptions", index)
        if not isinstance(entry, dict) or set(entry) != {"rule", "of", "reason"}:
            report.add(at, "an exception has `rule`, `of` and `reason`")
        elif entry["rule"] not in RULES:
            report.add(at, f"there is no rule {entry['rule']!r}; rules: {', '.join(RULES)}")
    report.close()
    return source


def _pairs(excused: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (entry["rule"], subject): join("/exceptions", index, "of", place)
        for index, entry in enumerate(excused.get("exceptions", []))
        for place, subject in enumerate(entry["of"])
    }


def _unused(excused: Source, found: list[Finding]) -> Report:
    report = Report(excused.file, excused.lines)
    needed = {(one.rule, one.subject) for one in found}
    for (rule, subject), pointer in _pairs(excused.raw).items():
        if (rule, subject) not in needed:
            report.add(pointer, f"{subject} needs no exception from {rule} any more")
    return report
