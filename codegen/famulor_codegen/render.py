"""From the catalogue to the text of every generated file. Templates lay out, nothing writes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from famulor_codegen import budget, dynamic, effects, reference, validator
from famulor_codegen import page as pages
from famulor_codegen.sentences import amount
from famulor_codegen.table import Toolset
from famulor_codegen.write import HEADER

if TYPE_CHECKING:
    from famulor_codegen.release import Release
    from famulor_codegen.table import Catalogue, Preset, Tool

_WIDTH = "100"


@dataclass(frozen=True, slots=True)
class View:
    """All that a template sees. `toolset` is the one that a module is about."""

    header: str
    catalogue: Catalogue
    toolset: Toolset | None = None
    imports: tuple[str, ...] = ()
    digest: str = ""

    def rows(self, tool: Tool) -> list[reference.Row]:
        """The table of a tool's arguments."""
        return reference.rows(tool)

    def badge(self, tool: Tool) -> str:
        """What a tool does to the world, in words."""
        return reference.BADGES[tool.effect]

    def condition(self, tool: Tool) -> str:
        """In which calls the effect of a tool holds, in words."""
        return effects.words(tool)

    def tokens(self, preset: Preset) -> int:
        """What the tools of a preset cost in a list."""
        return budget.cost(self.catalogue, preset)

    @property
    def total(self) -> int:
        """What all tools cost a model: names, descriptions and input schemas."""
        return sum(tool.tokens for tool in self.catalogue.tools)

    def listed(self, outputs: str) -> int:
        """What the whole list costs as it is sent, with output schemas off, short or full."""
        return budget.listed(self.catalogue, outputs)

    def limits(self, owner: Tool | Catalogue) -> str:
        """Rate limits in words."""
        return reference.limit(owner.rate_limits)

    def example(self, tool: Tool) -> str:
        """A tool's example as JSON."""
        return reference.block(tool.example)

    def schema(self, tool: Tool) -> str:
        """The input schema as clients see it."""
        return reference.block(tool.input_schema)

    def older(self, tool: Tool) -> str:
        """The names that a tool had before."""
        return ", ".join(f"`{name}`" for name in tool.older)

    @property
    def preface(self) -> str:
        """What a model must know where the tools are not listed."""
        return dynamic.instructions(self.catalogue.title)

    def fields(self, tool: Tool) -> str:
        """The known fields of a tool's answer."""
        return reference.fields(tool.output_schema)


def render(catalogue: Catalogue, release: Release | None = None) -> dict[str, str]:
    """Name below the output folder → text, everything that is generated.

    `release` is what the last version changed, None if there was none.
    """
    environment = Environment(
        loader=PackageLoader("famulor_codegen"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python and Markdown, not HTML
    )
    environment.filters |= {"py": literal, "amount": amount}
    templates = environment.get_template
    head = View(
        f"# {HEADER}",
        catalogue,
        digest=_digest((catalogue.material, catalogue.base_url, catalogue.version)),
    )
    python = {
        "__init__": templates("package.py.jinja").render(view=head),
        "_material": templates("material.py.jinja").render(view=head),
        "table": templates("table.py.jinja").render(header=head.header),
        "documented": templates("documented.py.jinja").render(view=head),
        "primitives": f"{head.header}\n{validator.primitives_source()}",
    }
    own = Toolset(
        "_dynamic", "The gateway's own tools, for where no others are listed.", catalogue.dynamic
    )
    for toolset in (*catalogue.toolsets, own):
        view = View(head.header, catalogue, toolset, validator.IMPORTS, _digest(toolset))
        python[toolset.name] = templates("toolset.py.jinja").render(view=view)
    page = View(f"<!-- {HEADER} -->", catalogue)
    html = environment.overlay(autoescape=True)
    html.filters["marked"] = pages.marked
    names = {tool.name for tool in catalogue.tools}
    snapshots = {
        f"{tool.toolset}.{tool.name}": tool.wire_object
        for tool in (*catalogue.tools, *catalogue.dynamic)
    }
    return {
        **{f"famulor_tools/{name}.py": text for name, text in _formatted(python).items()},
        "famulor_tools/py.typed": "",
        "famulor_tools/TOOLS.md": templates("TOOLS.md.jinja").render(view=page),
        "famulor_tools/tools.html": html.get_template("tools.html.jinja").render(
            view=page, page=pages.page(), release=release, names=names
        ),
        **{
            f"snapshots/{name}.json": f"{reference.block(tool)}\n"
            for name, tool in snapshots.items()
        },
    }


def literal(value: Any) -> str:
    """A value as Python source: plain data, and our dataclasses as calls without their defaults."""
    if is_dataclass(value) and not isinstance(value, type):
        given = [
            (field.name, getattr(value, field.name))
            for field in fields(value)
            if not _is_default(value, field)
        ]
        arguments = ", ".join(f"{name}={literal(item)}" for name, item in given)
        return f"{type(value).__name__}({arguments})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def _is_default(owner: Any, field: Any) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return bool(default == getattr(owner, field.name)) and default is not MISSING


def _digest(value: object) -> str:
    return hashlib.sha256(literal(value).encode()).hexdigest()[:12]


def _formatted(modules: dict[str, str]) -> dict[str, str]:
    """The modules as ruff formats them, without unused imports, whatever is configured here."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "famulor_tools"
        folder.mkdir()
        for module, text in modules.items():
            (folder / f"{module}.py").write_bytes(text.encode())
        ruff = [sys.executable, "-m", "ruff"]
        common = ["--isolated", "--no-cache", "--quiet", "--line-length", _WIDTH, "famulor_tools"]
        for step in (["check", "--select", "F401,I", "--fix"], ["format"]):
            subprocess.run([*ruff, *step, *common], cwd=name, check=True)  # noqa: S603 - the pinned ruff
        return {module: (folder / f"{module}.py").read_bytes().decode() for module in modules}
