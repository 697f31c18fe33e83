"""Whether the real API still answers what its document says: `famulor-mcp probe`.

`compare` holds one answer against its documented schema, `walk` calls the tools and collects,
`report` tells, `command` puts them together. Nothing of it is loaded by anything else.
"""
