"""What a change of the document does to callers, to people and to money.

Two plans of tools are compared, never text. Each difference has a place, a class and a reason, and
what no rule of ours can judge is reported as breaking: nothing that changes a generated file goes
without a line. `command` is the way in; `catalogues` → `tools` → `schemas` compare; `report` says.
"""
