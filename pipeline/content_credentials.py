"""Content credentials (C2PA): signed manifests inside pictures and videos, which other programs show and check.

Each says that the file was made by a trained model, of which painting, and by which process. The certificate is made
for the key that signs, by the same key: whose it is, `ppp verify --key` tells; other programs call it unknown.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..modules.io.errors import UserError, install_extra
from ..modules.io.origin import PROVENANCE
from ..modules.io.signing import fingerprint, public_bytes
from ..modules.version import __version__

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MEDIA_TYPES = {
    ".png": "image/png", ".apng": "image/png", ".mp4": "video/mp4", ".gif": "image/gif", ".webp": "image/webp",
}  # fmt: skip
SIDECARS = {".webm": "video/webm"}  # files that cannot hold any: they lie beside, in NAME.c2pa
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PROCESS_LABEL = "org.painting-process-predict.process"  # our own assertion in each manifest
_PAINTINGS = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".tif": "image/tiff", ".tiff": "image/tiff"}
_CERTIFIED = timedelta(days=3650)
_SETTINGS = {
    "builder": {"thumbnail": {"enabled": False}},  # of a frame in itself
    "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},  # nothing is fetched
}
_KEY_IN_CERTIFICATE = bytes.fromhex("300506032b6570032100")  # DER of an Ed25519 key's header; 32 bytes follow


def require_c2pa() -> None:
    """Raise UserError where the extra is missing."""
    try:
        import c2pa  # noqa: F401
        import cryptography  # noqa: F401
    except ImportError:
        what, why = "Content credentials cannot be written.", "The library `c2pa-python` is not installed."
        raise UserError(what, why, install_extra("c2pa")) from None


def add_credentials(folder: Path, process: Mapping[str, Any], key: Ed25519PrivateKey, painting: Path | None) -> None:
    """Write content credentials into the pictures and videos of a result, or beside those that cannot hold any.

    Args:
        process: its process.json, with its id.
        painting: the file that was predicted from; its own credentials, if any, are taken over.
    """
    import c2pa

    signer = c2pa.Signer.from_callback(key.sign, c2pa.C2paSigningAlg.ED25519, _certificates(key), None)
    context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
    facts = process.get("painting") or {}
    name, kind, content = _read_painting(painting)
    ingredient = {
        "title": name,
        "relationship": "inputTo",
        "label": "painting",
        "instance_id": str(facts.get("sha256")),
    }
    for path in sorted(path for path in folder.rglob("*.*") if path.is_file()):
        media_type = {**MEDIA_TYPES, **SIDECARS}.get(path.suffix)
        if media_type is None:
            continue
        builder, signed = c2pa.Builder(json.dumps(_manifest(path, process, bool(content))), context), io.BytesIO()
        if content:
            builder.add_ingredient(ingredient, kind, io.BytesIO(content))
        if path.suffix in SIDECARS:
            builder.set_no_embed()
        with path.open("rb") as file:
            credentials = builder.sign(signer, media_type, file, signed)
        if path.suffix in SIDECARS:
            sidecar(path).write_bytes(credentials)
        else:
            path.write_bytes(signed.getvalue())


def sidecar(path: Path) -> Path:
    """Return where the content credentials of a file are that cannot hold them."""
    return path.with_suffix(".c2pa")


def _manifest(path: Path, process: Mapping[str, Any], of_painting: bool) -> dict[str, Any]:
    painted: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": TRAINED}
    if of_painting:
        painted["parameters"] = {"ingredientIds": ["painting"]}
    known = {"id": process["id"], "statement": PROVENANCE, "painting": (process.get("painting") or {}).get("sha256")}
    return {
        "claim_generator_info": [{"name": "ppp", "version": __version__}],
        "title": path.name,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [painted]}},
            {"label": PROCESS_LABEL, "data": known},
        ],
    }


def _read_painting(path: Path | None) -> tuple[str, str, bytes]:
    """Return the painting's name, media type and file; no file where it is gone, or of a kind that C2PA does not know.

    Our own assertion has its hash all the same.
    """
    kind = {**MEDIA_TYPES, **_PAINTINGS}.get(path.suffix.lower(), "") if path else ""
    try:
        return path.name if path else "", kind, path.read_bytes() if path and kind.startswith("image/") else b""
    except OSError:
        return "", "", b""


def _certificates(key: Ed25519PrivateKey) -> str:
    """Make a certificate for the key, and one for the authority that C2PA asks for, which is the same key. PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    public, name = key.public_key(), fingerprint(public_bytes(key))
    issuer = f"authority {name}"
    begin = datetime.now(UTC) - timedelta(days=1)

    def named(text: str) -> x509.Name:
        titles = {NameOID.ORGANIZATION_NAME: "self-signed", NameOID.COMMON_NAME: text}
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in titles.items()])

    def certificate(authority: bool) -> x509.Certificate:
        usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
        builder = (
            x509.CertificateBuilder(named(issuer), named(issuer if authority else name), public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + _CERTIFIED)
            .add_extension(x509.BasicConstraints(authority, 0 if authority else None), True)
            .add_extension(usage, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False)
        )  # fmt: skip
        if not authority:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        return builder.sign(key, None)

    return b"".join(certificate(authority).public_bytes(Encoding.PEM) for authority in (False, True)).decode()


@dataclass(frozen=True)
class Credentials:
    """What the content credentials in a file say, and whether they hold."""

    holds: bool  # the file is as it was signed
    trained: bool  # made by a trained model
    by_ppp: bool
    process: str  # id, where they are ours
    signer: bytes | None  # the Ed25519 key of its only certificate, where that can be told
    issuer: str  # as the certificate names it


def read_credentials(path: Path) -> Credentials | None:
    """Read the content credentials of a picture or video; None where it has none, or `c2pa-python` is missing."""
    media_type = {**MEDIA_TYPES, **_PAINTINGS, **SIDECARS}.get(path.suffix.lower())
    try:
        import c2pa
    except ImportError:
        return None
    beside = sidecar(path) if path.suffix.lower() in SIDECARS else None
    if media_type is None or (beside is not None and not beside.is_file()):
        return None
    holder = (beside or path).read_bytes()
    try:
        with path.open("rb") as file:
            context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
            reader = c2pa.Reader(media_type, file, None if beside is None else holder, context=context)
            found, state = json.loads(reader.json()), reader.get_validation_state()
            plain = json.loads(reader.crjson())
    except c2pa.C2paError as error:
        if "ManifestNotFound" in type(error).__name__ or "JumbfNotFound" in str(error) or b"c2pa" not in holder:
            return None  # none, or not even a file that could have some
        return Credentials(False, False, False, "", None, "")
    manifest = found.get("manifests", {}).get(found.get("active_manifest"), {})
    known: dict[str, Any] = {row["label"]: row.get("data") for row in manifest.get("assertions", [])}
    signature = manifest.get("signature_info") or {}
    compressed = any(row.get("isCompressedManifest") for row in plain.get("manifests", []))
    keys = set() if compressed else _keys_in(holder)
    alone = keys.pop() if len(keys) == 1 and str(signature.get("alg")).lower() == "ed25519" else None
    return Credentials(
        holds=state in ("Valid", "Trusted"),
        trained=TRAINED in json.dumps(known),
        by_ppp=PROCESS_LABEL in known,
        process=str((known.get(PROCESS_LABEL) or {}).get("id", "")),
        signer=alone,
        issuer=str(signature.get("common_name") or signature.get("issuer") or "unknown"),
    )


def _keys_in(data: bytes) -> set[bytes]:
    """Find the Ed25519 keys of all certificates in a file. The library names certificates, and does not give them."""
    pieces = data.split(_KEY_IN_CERTIFICATE)[1:]
    return {piece[:32] for piece in pieces}
