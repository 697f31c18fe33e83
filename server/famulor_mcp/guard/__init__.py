"""What stands between a call with an effect and the world: asked for, sent once, inside limits.

Everything is driven by the facts of the tool table; nothing here knows a tool, a path, MCP or HTTP.
"""
