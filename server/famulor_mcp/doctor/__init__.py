"""`famulor-mcp doctor`: what is wrong on this machine, what it means, and how to mend it.

Each check is a function of a `Patient` that gives findings; `command` runs them one after the other
and `report` prints what they found. No check changes anything, and none shows a secret.
"""
