"""Makes the Claude Desktop extension from the wheel. Run `make bundle`."""
