"""The MCP edge of prompts, resources and completion: what a server offers beside its tools."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from famulor_mcp import prompts, resources
from famulor_mcp.errors import GatewayError
from famulor_mcp.resources import MARKDOWN
from famulor_mcp.words import nearest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from mcp.server.context import ServerRequestContext

    from famulor_mcp.plain import Answer
    from famulor_tools.table import Prompt, Resource, Source, Tool

    Context = ServerRequestContext[Any]
    Read = Callable[[Context, str, dict[str, Any]], Awaitable[Answer]]
    """(context, name of a tool that only reads, arguments) → answer."""
    Values = Callable[[Context, Source], Awaitable[Sequence[Any]]]
    """(context, source) → the values that a client may propose. Raises `GatewayError`."""

log = logging.getLogger(__name__)

MOST = 100
"""Values of one completion, by the protocol."""
PAGE_LIFE = 3_600_000


class Menu:
    """The handlers of a server for `tools`; prompts and resources of others are left out."""

    def __init__(  # noqa: PLR0913 - what is offered, and the two ways to the account
        self,
        tools: Sequence[Tool],
        toolsets: Mapping[str, str],
        prompts_: Sequence[Prompt],
        resources_: Sequence[Resource],
        read: Read,
        values: Values,
    ) -> None:
        self._names = {tool.name for tool in tools}
        self._pages = {page.uri: page for page in resources.pages(tools, toolsets)}
        self._prompts = prompts.offered(prompts_, self._names)
        self._resources = resources.offered(resources_, self._names)
        self._read = read
        self._values = values

    def handlers(self) -> dict[str, Any]:
        """Arguments of the SDK's server."""
        return {
            "on_list_prompts": self.list_prompts,
            "on_get_prompt": self.get_prompt,
            "on_list_resources": self.list_resources,
            "on_list_resource_templates": self.list_templates,
            "on_read_resource": self.read_resource,
            "on_completion": self.complete,
        }

    async def list_prompts(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        listed = map(prompts.wire, self._prompts.values())
        models = [types.Prompt.model_validate(one, by_name=False) for one in listed]
        return types.ListPromptsResult(prompts=models)

    async def get_prompt(
        self, _ctx: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        prompt = self._prompt(params.name)
        try:
            text = prompts.told(prompt, params.arguments or {})
        except prompts.PromptError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from None
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(description=prompt.description, messages=[message])

    async def list_resources(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        listed = (page.wire() for page in self._pages.values())
        models = [types.Resource.model_validate(one, by_name=False) for one in listed]
        return types.ListResourcesResult(resources=models)

    async def list_templates(
        self, _ctx: Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        listed = map(resources.wire_template, self._resources)
        models = [types.ResourceTemplate.model_validate(one, by_name=False) for one in listed]
        return types.ListResourceTemplatesResult(resource_templates=models)

    async def read_resource(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        if page := self._pages.get(uri):
            text = resources.reference(page.toolset, self._names)
            return _read(uri, MARKDOWN, text, ttl_ms=PAGE_LIFE, cache_scope="public")
        wanted = resources.matched(self._resources, uri)
        if wanted is None:
            known = nearest(uri, [*self._pages, *(one.uri_template for one in self._resources)])
            words = f"There is no resource {uri[:120]!r}.{known}"
            raise MCPError(types.INVALID_PARAMS, words, {"uri": uri})
        answer = await self._read(ctx, wanted.resource.tool, wanted.arguments)
        if answer.is_error:
            raise MCPError(types.INVALID_PARAMS, answer.text)
        text = resources.content(wanted.resource, answer)
        return _read(uri, wanted.resource.mime, text, ttl_ms=0, cache_scope="private")

    async def complete(
        self, ctx: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        source = self._source(params.ref, params.argument.name)
        if source is None or source.tool not in self._names:
            return types.CompleteResult(completion=types.Completion(values=[]))
        try:
            values = await self._values(ctx, source)
        except GatewayError as error:
            log.info("Nothing to propose from %s: %s", source.tool, error.text)
            values = []
        found = resources.proposed(values, params.argument.value)
        return types.CompleteResult(
            completion=types.Completion(
                values=found[:MOST], total=len(found), has_more=len(found) > MOST
            )
        )

    def _prompt(self, name: str) -> Prompt:
        if prompt := self._prompts.get(name):
            return prompt
        known = nearest(name[:80], self._prompts)
        raise MCPError(types.INVALID_PARAMS, f"There is no prompt {name[:80]!r}.{known}")

    def _source(
        self, ref: types.PromptReference | types.ResourceTemplateReference, name: str
    ) -> Source | None:
        """Where the values of an argument come from, if from anywhere."""
        if isinstance(ref, types.PromptReference):
            found = (one.values for one in self._prompt(ref.name).arguments if one.name == name)
        else:
            found = (
                one.values
                for one in self._resources
                if (one.uri_template, one.argument) == (ref.uri, name)
            )
        return next(found, None)


def _read(uri: str, mime: str, text: str, **caching: Any) -> types.ReadResourceResult:
    content = types.TextResourceContents(uri=uri, mime_type=mime, text=text)
    return types.ReadResourceResult(contents=[content], **caching)
