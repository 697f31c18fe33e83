"""How a client's bytes reach the MCP server: one module per transport."""
