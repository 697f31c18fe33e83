"""Sign-in: how a person's API key becomes a token, and a token a person."""

from famulor_mcp.hosted.signin.door import SignIn

__all__ = ["SignIn"]
