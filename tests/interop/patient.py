"""`famulor-mcp`, as a process that waits longer for a Redis than the two seconds that a user may.

    python -m tests.interop.patient http …

On a busy machine Redis answers late, and a call would be refused that a test wants to be made.
"""

import sys

from tests.patience import PATIENCE

from famulor_mcp.cli import main
from famulor_mcp.guard import redis

redis.LONGEST = redis.CONNECT_SECONDS = PATIENCE

if __name__ == "__main__":
    sys.exit(main())
