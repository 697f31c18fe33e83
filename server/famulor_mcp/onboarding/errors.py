"""What is wrong with a text, and where."""

from __future__ import annotations


class TextError(ValueError):
    """A text that is not of its form, or that cannot be changed without a guess.

    `line` and `column` count from 1, in characters.
    """

    def __init__(self, text: str, position: int, reason: str) -> None:
        before = text[:position]
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        self.reason = reason
        super().__init__(f"line {self.line}, column {self.column}: {reason}")
