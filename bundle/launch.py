"""Starts the server inside the bundle.

An option that was left blank reaches the environment as its own placeholder; it is no choice. A
placeholder of any other kind is left for the server to refuse.
"""

import os
import sys

BLANK = "${user_config."


def main() -> int:
    """Serve on stdio with what the person chose."""
    for name in [name for name, value in os.environ.items() if value.startswith(BLANK)]:
        del os.environ[name]
    from famulor_mcp.cli import main as serve

    return serve(["stdio"])


if __name__ == "__main__":
    sys.exit(main())
