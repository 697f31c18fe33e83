"""The gateway: MCP in, HTTP out. It knows no endpoint: `famulor_tools` does."""
