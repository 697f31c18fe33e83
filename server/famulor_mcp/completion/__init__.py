"""Completion in bash, zsh and fish: `famulor-mcp completion SHELL` prints a script for the shell.

The scripts know nothing: at each TAB they ask this program (`famulor-mcp completion words`), which
takes less than a tenth of a second, so that there is one place that knows, and it is never out of
date. `shtab` could not complete the arguments of a tool; `argcomplete` speaks no fish by itself.
"""
