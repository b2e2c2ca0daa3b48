"""Keyed pseudonyms: a child has another one for every recipient, and only who holds the key can tell whose they are."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path

from kleuterlink.errors import ConfigError

KEY_VARIABLE = "KLEUTERLINK_KEY"
"""Environment variable that holds the key where no file is named."""

SHORTEST_KEY = 32
"""Bytes that a key must have: those of the hash."""

_DIGITS = 32


def read_key(path: Path | None) -> bytes:
    """Read the secret key.

    Parameters
    ----------
    path
        The file that holds it; a line's end after it is no part of it. None: the environment variable `KLEUTERLINK_KEY`.

    Returns
    -------
    bytes
        The key. It is used for pseudonyms and never written.

    Raises
    ------
    ConfigError
        There is no key, the file cannot be read, or the key is shorter than 32 bytes.

    """
    if path is None:
        key, source = os.environ.get(KEY_VARIABLE, "").encode(), KEY_VARIABLE
        if not key:
            raise ConfigError(f"pseudonyms need a secret key; name a file that holds it with --key-file, or set {KEY_VARIABLE}")
    else:
        source = str(path)
        try:
            key = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"{path}: the key cannot be read ({error.strerror})") from error
    key = key.rstrip(b"\r\n")
    if len(key) < SHORTEST_KEY:
        raise ConfigError(
            f"{source}: the key has {len(key)} bytes and needs at least {SHORTEST_KEY}; "
            f"make one with: python -c 'import secrets; print(secrets.token_hex({SHORTEST_KEY}))'"
        )
    return key


def pseudonyms(identities: Iterable[str], recipient: str, key: bytes) -> list[str]:
    """Return the pseudonyms under which a recipient knows children.

    Parameters
    ----------
    identities
        What tells the children apart and stays the same from year to year.
    recipient
        Name of the recipient, as stable as the identities: another name makes other pseudonyms.
    key
        The secret key.

    Returns
    -------
    list of str
        32 hexadecimal digits each, in order. Equal for equal identity, recipient and key.

    Notes
    -----
    HMAC-SHA256 (RFC 2104) with a key of the recipient's own, HMAC-SHA256(key, label and recipient), cut to 128 bits. Who does not have the
    key can neither try all national numbers or ids nor see that two recipients' pseudonyms are one child's.

    Examples
    --------
    >>> one, same = pseudonyms(["K1", "K1"], "CLB 1", b"0" * 32)
    >>> one == same, one == pseudonyms(["K1"], "CLB 2", b"0" * 32)[0]
    (True, False)

    """
    own = hmac.digest(key, b"kleuterlink pseudonym 1\x00" + recipient.encode(), hashlib.sha256)
    return [hmac.digest(own, identity.encode(), hashlib.sha256).hex()[:_DIGITS] for identity in identities]
