"""The gateway beside the servers that others would use for the same API."""
