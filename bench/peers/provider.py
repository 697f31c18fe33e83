"""FastMCP's OpenAPI provider as its documentation starts it; runs in an environment of its own.

`python provider.py SPEC.json URL`
"""

import json
import os
import sys
from pathlib import Path

import httpx2
from fastmcp import FastMCP  # type: ignore[import-not-found]  # not ours: see install.py
from fastmcp.server.providers.openapi import (  # type: ignore[import-not-found]
    OpenAPIProvider,
)

spec = json.loads(Path(sys.argv[1]).read_text("utf-8"))
key = os.environ["FAMULOR_API_KEY"]
client = httpx2.AsyncClient(base_url=sys.argv[2], headers={"Authorization": f"Bearer {key}"})
FastMCP("Famulor", providers=[OpenAPIProvider(openapi_spec=spec, client=client)]).run()
