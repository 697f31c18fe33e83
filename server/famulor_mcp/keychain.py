"""The API key in the keychain of this machine: macOS, Windows, or a Secret Service on Linux.

By the library keyring, which is an extra: `famulor-mcp[keyring]`. It is imported when asked for
and not before, since it takes as long as the rest of the start.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from famulor_mcp.settings import Secret, SettingsError, label

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE = "famulor-mcp"
USER = "FAMULOR_API_KEY"
ABSENT = 'needs the extra keyring. Install it: pip install "famulor-mcp[keyring]"'


def fetch() -> Secret | None:
    """The key, or None. Raises `SettingsError` without a keychain."""
    with _keychain() as keychain:
        key = keychain.get_password(SERVICE, USER)
    return Secret(key) if key else None


def keep(key: Secret) -> None:
    """Put the key there, in place of another. Raises `SettingsError` without a keychain."""
    with _keychain() as keychain:
        keychain.set_password(SERVICE, USER, key.reveal())


def forget() -> bool:
    """Remove the key; whether there was one. Raises `SettingsError` without a keychain."""
    with _keychain() as keychain:
        known = keychain.get_password(SERVICE, USER) is not None
        if known:
            keychain.delete_password(SERVICE, USER)
    return known


@contextmanager
def _keychain() -> Iterator[Any]:
    try:
        import keyring
        from keyring.errors import NoKeyringError
    except ImportError:
        raise SettingsError(f"{label('keyring')} {ABSENT}") from None
    try:
        yield keyring
    except NoKeyringError:
        raise SettingsError(
            f"{label('keyring')}: no keychain can be used on this machine. Set {USER} instead."
        ) from None
    except Exception as error:  # noqa: BLE001 - a backend may raise what its system has
        reason = type(error).__name__
        raise SettingsError(
            f"{label('keyring')}: the keychain did not answer ({reason}). Unlock it, or set {USER}."
        ) from None
