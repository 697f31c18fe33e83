"""Puts this server into the configuration of a client: `famulor-mcp install` and `uninstall`.

`machine` says what the machine is, `clients` where each client keeps what in which form, `places`
which of these files is meant. `jsonedit` (by `jsontext` and `splice`), `yamledit` (by `yamltree`)
and `dotenv` change one entry of a text and nothing else, `document` does so with bytes, `disk`
reads and writes them. `plan` says what is to be written, `apply` does it, `launcher` finds the
command to write, `asking` the key, `found` what is configured already; `install` and `uninstall`
put them together.
Nothing of it is loaded by anything else.
"""
