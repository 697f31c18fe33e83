"""From a document to its planned tools: every check in its order, none of it on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from famulor_codegen import check, document, grammar, names, plan, refs, syntax
from famulor_codegen.errors import Report
from famulor_codegen.load import load

if TYPE_CHECKING:
    from famulor_codegen.load import Source
    from famulor_codegen.table import Catalogue


def catalogue(text: str, file: str) -> Catalogue:
    """The planned tools of a document. Raises SpecError with everything that is wrong."""
    return planned(load(text, file))


def planned(source: Source) -> Catalogue:
    """The planned tools of a document that was loaded. Raises SpecError as well."""
    report = Report(source.file, source.lines)
    syntax.check(source.raw, report)
    report.close()
    operations = document.operations(source, report)
    refs.check(source.raw, report)
    grammar.check(source.raw, report)
    report.close()
    names.check(source.raw, operations, report)
    report.close()
    found = plan.plan(source.raw, operations, report)
    check.check(found, report)
    report.close()
    return found


def published(source: Source) -> Catalogue:
    """The tools of an older document, which is not linted: it was good by the rules of its time.

    Raises SpecError where it cannot be planned, with what today's rules say of it.
    """
    report = Report(source.file, source.lines)
    syntax.types(source.raw, report)
    report.close()
    operations = document.operations(source, report)
    refs.check(source.raw, report)
    report.close()
    try:
        found = plan.plan(source.raw, operations, report)
    except (LookupError, TypeError, ValueError, AttributeError):
        planned(source)
        raise
    report.close()
    return found
