"""The gateway as it is started, without the pacing that the API's rate limits ask for."""

import sys

import famulor_tools
from famulor_mcp.cli import main

famulor_tools.RATE_LIMITS = ()
sys.exit(main())
