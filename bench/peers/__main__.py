"""Install the peers, and put each beside the gateway: same document, same API, same client.

`python -m bench.peers [--vendor PATH_OR_URL]` needs git, npm and Node 20, and installs into
`build/peers`. First what each costs, then where each is right; a row that the gateway loses is
printed like any other. Each server runs as its own README starts it. Not comparable: the vendor
wrote its tools by hand, so that its list says less of the arguments; the gateway is measured
without the rate limits that it keeps, since no other keeps them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.peers.cases import CASES
from bench.peers.install import VENDOR, all_peers, run
from bench.peers.room import opened
from bench.peers.speed import figures
from bench.peers.table import costs, rights
from bench.upstream import upstream

if TYPE_CHECKING:
    from bench.peers.cases import Case
    from bench.peers.peer import Peer


async def main(source: str) -> None:
    peers, failed = await asyncio.to_thread(all_peers, source)
    node = await asyncio.to_thread(run, "node", "--version")
    versions = f"Python {platform.python_version()}, Node {node}, {os.cpu_count()} processors"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {versions}")
    for name, words in failed.items():
        print(f"{name}: not measured: {words}")
    async with AsyncExitStack() as stack:
        print(costs(peers, await figures(peers, await upstream(stack))))
    print()
    print(rights(peers, [(one.words, await judged(one, peers)) for one in CASES]))


async def judged(one: Case, peers: list[Peer]) -> dict[str, str | None]:
    """What each peer did wrong in a case, or None."""
    found = await asyncio.gather(*(verdict(one, peer) for peer in peers))
    return dict(zip((peer.name for peer in peers), found, strict=True))


async def verdict(one: Case, peer: Peer) -> str | None:
    """What a fresh process of a peer did wrong, or None."""
    async with opened(peer, declining=one.declining) as room:
        return await one.judge(room)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.peers")
    parser.add_argument("--vendor", default=VENDOR, metavar="PATH_OR_URL")
    asyncio.run(main(parser.parse_args().vendor))
