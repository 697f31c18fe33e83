"""`python -m famulor_mcp` is `famulor-mcp`."""

import sys

from famulor_mcp.cli import main

sys.exit(main())
