"""Ed25519 signatures of process.json, and the keys: OpenSSH's or PEM files, as `ssh-keygen` and `openssl` write them.

The signature is in process.json, with the public key, so that anybody can check that nothing was changed since. Whose
key it is, only somebody who has it from its owner knows: `ppp verify --key`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import UserError, install_extra
from .files import read_text
from .origin import canonical_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "ed25519"
MAX_KEY_BYTES = 1_000_000
_CONTEXT = b"ppp process.json\n"  # a signature of anything else with the same key is none of a process
_MAKE_ONE = "Make a key: ssh-keygen -t ed25519 -N '' -f KEY (KEY.pub is for others)."


def require_cryptography(what: str) -> None:
    """Raise UserError that begins with `what` where the library is missing."""
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise UserError(what, "The library `cryptography` is not installed.", install_extra("sign")) from None


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key without passphrase. UserError for any other file."""
    what = f"The key {path} cannot be used."
    text = read_text(path, what, _MAKE_ONE, MAX_KEY_BYTES).encode()
    require_cryptography(what)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    load = serialization.load_ssh_private_key if b"OPENSSH" in text else serialization.load_pem_private_key
    try:
        key = load(text, password=None)
    except TypeError:
        raise UserError(what, "It has a passphrase.", f"Use one without. {_MAKE_ONE}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UserError(what, "It is not a private key.", _MAKE_ONE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError(what, "It is not an Ed25519 key.", _MAKE_ONE)
    return key


def read_public_keys(path: Path) -> list[bytes]:
    """Read the Ed25519 public keys of a file, 32 bytes each: a .pub, authorized_keys, a GitHub user's .keys, or PEM.

    UserError when it has none.
    """
    what = f"The key {path} cannot be used."
    text = read_text(path, what, "Give a public key, such as KEY.pub.", MAX_KEY_BYTES)
    if "PRIVATE KEY" in text:
        return [public_bytes(read_private_key(path))]
    require_cryptography(what)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    found = []
    lines = [text] if "BEGIN PUBLIC KEY" in text else text.splitlines()
    for line in lines:
        at = line.find("ssh-ed25519 ")  # after options or a name
        try:
            key = (
                serialization.load_ssh_public_key(line[at:].strip().encode())
                if at >= 0
                else serialization.load_pem_public_key(line.encode())
            )
        except (ValueError, UnsupportedAlgorithm):
            continue
        if isinstance(key, Ed25519PublicKey):
            found.append(key.public_bytes_raw())
    if not found:
        raise UserError(what, "It holds no Ed25519 public key.", "Give a public key, such as KEY.pub.")
    return found


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the public key, 32 bytes."""
    return key.public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """Name a public key as `ssh-keygen -l` does: SHA256:..."""
    wire = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", public))
    return "SHA256:" + base64.b64encode(hashlib.sha256(wire).digest()).decode().rstrip("=")


def sign(process: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return a process.json with its signature, over all else in it."""
    value = base64.b64encode(key.sign(_message(process))).decode()
    public = base64.b64encode(public_bytes(key)).decode()
    return {**process, "signature": {"algorithm": ALGORITHM, "public_key": public, "value": value}}


def signer_of(process: Mapping[str, Any]) -> bytes | None:
    """Return the public key with which a process.json is signed, or None where the signature does not fit."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signature = process["signature"]
        public = base64.b64decode(signature["public_key"], validate=True)
        value = base64.b64decode(signature["value"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(value, _message(process))
        return public if signature["algorithm"] == ALGORITHM else None
    except (InvalidSignature, KeyError, TypeError, ValueError):
        return None


def _message(process: Mapping[str, Any]) -> bytes:
    return _CONTEXT + canonical_json({key: value for key, value in process.items() if key != "signature"})
