"""Puts this server into the configuration of a client: `famulor-mcp install` and `uninstall`.

`machine` says what the machine is, `clients` where each client keeps what in which form, `places`
which of these files is meant, `jsontext`, `jsonedit`, `yamledit` and `dotenv` change one entry of
a text and nothing else, `document` does so with bytes, `disk` reads and writes them, `launcher`
finds the command to write, `found` what is configured already, `command` puts them together.
Nothing of it is loaded by anything else.
"""
