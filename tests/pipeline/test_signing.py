"""Signatures that people can check: of process.json, and content credentials in pictures and videos."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppp.cli.main import main
from ppp.modules.io.errors import UserError
from ppp.modules.io.origin import seal_of
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.provenance import Signing
from ppp.pipeline.verify import verify
from ppp.pipeline.writers import DEFAULT, VideoOptions

pytest.importorskip("cryptography", reason="the extra [sign] is not installed")
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from ppp.modules.io.signing import fingerprint, public_bytes, read_private_key, read_public_keys, sign

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2))
PRIVATE = {"pem": form.PrivateFormat.PKCS8, "ssh": form.PrivateFormat.OpenSSH}
PUBLIC = {
    "pem": (form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo),
    "ssh": (form.Encoding.OpenSSH, form.PublicFormat.OpenSSH),
}


def save_key(path, key=KEY, kind="ssh", secret=None):
    locked = form.BestAvailableEncryption(secret) if secret else form.NoEncryption()
    path.write_bytes(key.private_bytes(form.Encoding.PEM, PRIVATE[kind], locked))
    return path


def save_public(path, key=KEY, kind="ssh"):
    path.write_bytes(key.public_key().public_bytes(*PUBLIC[kind]) + b" me@home\n")
    return path


def make(folder, tiny_pipeline, credentials):
    picture = np.random.default_rng(0).integers(0, 255, (6, 5, 3), np.uint8).repeat(9, 0).repeat(9, 1)

    Image.fromarray(picture).save(folder / "painting.png")
    lapse = Pipeline.from_pretrained(tiny_pipeline, device="cpu")(folder / "painting.png", 4, seed=3)
    lapse.save(
        folder / "out",
        video=VideoOptions(("mp4", "webm", "gif", "apng")),
        writers=DEFAULT,
        signing=Signing(KEY, credentials),
    )
    return folder / "out"


@pytest.fixture(scope="module")
def signed(tmp_path_factory, tiny_pipeline):
    return make(tmp_path_factory.mktemp("signed"), tiny_pipeline, credentials=False)


def test_a_signed_result_is_by_its_key_and_no_other(signed, tmp_path, capsys):
    mine, other = save_public(tmp_path / "me.pub"), save_public(tmp_path / "her.pub", OTHER)
    for path in (signed, signed / "process.json", signed / "timelapse.mp4", signed / "frames" / "00001.png"):
        assert verify(path).state == "unchanged"
        assert verify(path).signer == fingerprint(public_bytes(KEY))
        assert main(["verify", str(path), "--key", str(mine)]) == 0
        assert main(["verify", str(path), "--key", str(other)]) == 5
    assert "not the key that was given" in capsys.readouterr().out


@pytest.mark.parametrize("change", ["value", "another key", "a word", "resealed", "taken out", "no signature at all"])
def test_a_forged_signature_is_not_by_the_key(signed, tmp_path, change):
    out = shutil.copytree(signed, tmp_path / "out")
    process = json.loads((out / "process.json").read_text())
    if change == "value":
        process["signature"]["value"] = process["signature"]["value"][::-1]
    elif change == "another key":
        process = sign(process | {"seed": 7}, OTHER)
    elif change == "a word":
        process["seed"] = 7
    elif change == "resealed":
        process["seed"] = 7
        process["seal"] = seal_of(process)
    elif change == "taken out":
        del process["signature"]
    else:
        process["signature"] = "mine"
    (out / "process.json").write_text(json.dumps(process))
    assert not verify(out, [public_bytes(KEY)]).by_key
    expected = 5 if change == "taken out" else 4
    assert main(["verify", str(out), "--key", str(save_public(tmp_path / "me.pub"))]) == expected


@pytest.mark.parametrize("kind", ["pem", "ssh"])
def test_keys_of_openssl_and_of_ssh_keygen_are_read(tmp_path, kind):
    private = save_key(tmp_path / "key", kind=kind)
    assert public_bytes(read_private_key(private)) == public_bytes(KEY)
    assert read_public_keys(private) == [public_bytes(KEY)]
    assert read_public_keys(save_public(tmp_path / "key.pub", kind=kind)) == [public_bytes(KEY)]


def test_several_public_keys_in_a_file(tmp_path):
    one, other = (save_public(tmp_path / name, key).read_text() for name, key in (("a", KEY), ("b", OTHER)))
    (tmp_path / "all").write_text(f"ssh-rsa AAAA x\n# mine\nme@home {one}\n{other}")
    assert read_public_keys(tmp_path / "all") == [public_bytes(KEY), public_bytes(OTHER)]


def test_what_is_no_key_is_refused_before_anything_is_painted(tmp_path, capsys):
    locked = save_key(tmp_path / "locked", kind="pem", secret=b"secret")
    wrong = save_key(tmp_path / "rsa", generate_private_key(65537, 1024), kind="pem")
    (tmp_path / "text").write_text("hello")
    for path, why in (
        (locked, "passphrase"), (wrong, "Ed25519"), (tmp_path / "text", "not a private key"),
        (tmp_path / "gone", "no such file"), (save_public(tmp_path / "me.pub"), "not a private key"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=why):
            read_private_key(path)
    with pytest.raises(UserError, match="no Ed25519"):
        read_public_keys(tmp_path / "text")
    picture = "examples/portrait.png"
    assert main(["run", picture, "-o", str(tmp_path / "out"), "--sign", str(tmp_path / "text"), "-q"]) == 2
    assert main(["run", picture, "-o", str(tmp_path / "out"), "--c2pa", "-q"]) == 2
    assert "--c2pa needs --sign" in capsys.readouterr().err


# ---- content credentials


@pytest.fixture(scope="module")
def credited(tmp_path_factory, tiny_pipeline):
    pytest.importorskip("c2pa", reason="the extra [c2pa] is not installed")
    return make(tmp_path_factory.mktemp("credited"), tiny_pipeline, credentials=True)


def test_credentials_say_what_made_a_file_of_what(credited):
    import c2pa

    assert verify(credited, [public_bytes(KEY)]).by_key
    for name in ("sheet.png", "frames/00002.png", "timelapse.mp4", "timelapse.gif", "timelapse.apng", "timelapse.webm"):
        beside = (credited / "timelapse.c2pa").read_bytes() if name.endswith("webm") else None
        kind = {"mp4": "video/mp4", "gif": "image/gif", "webm": "video/webm"}.get(name.split(".")[-1], "image/png")
        with (credited / name).open("rb") as file:
            found = json.loads(c2pa.Reader(kind, file, beside).json())
        manifest = found["manifests"][found["active_manifest"]]
        text = json.dumps(manifest)
        assert "digitalsourcetype/trainedAlgorithmicMedia" in text
        assert manifest["ingredients"][0]["title"] == "painting.png"
        assert manifest["ingredients"][0]["relationship"] == "inputTo"
        assert json.loads((credited / "process.json").read_text())["id"] in text
    assert "timelapse.c2pa" in json.loads((credited / "process.json").read_text())["files"]


@pytest.mark.parametrize(
    "name", ["sheet.png", "frames/00002.png", "timelapse.mp4", "timelapse.gif", "timelapse.apng", "timelapse.webm"]
)
def test_a_file_alone_is_checked_by_its_credentials(credited, tmp_path, name):
    """Any bit of it: also where its pixels cannot be read any more it was changed."""
    alone = Path(shutil.copy(credited / name, tmp_path / f"mine{(credited / name).suffix}"))
    if alone.suffix == ".webm":
        assert verify(alone).state == "unknown"
        shutil.copy(credited / "timelapse.c2pa", tmp_path / "mine.c2pa")
    assert verify(alone).state == "unchanged"
    assert verify(alone, [public_bytes(KEY)]).by_key
    assert not verify(alone, [public_bytes(OTHER)]).by_key
    whole = alone.read_bytes()
    for place in (40, 60, 100):
        data = bytearray(whole)
        data[-place] ^= 1
        alone.write_bytes(data)
        assert verify(alone).state == "changed"
        assert not verify(alone, [public_bytes(KEY)]).by_key


def test_the_name_of_a_key_in_another_certificate_does_not_count(credited, tmp_path):
    """Only the key itself signs: a certificate that calls itself by its name does not."""
    from ppp.pipeline import content_credentials

    out = shutil.copytree(credited, tmp_path / "out")
    (out / "process.json").unlink()
    process = {"id": "0" * 64, "painting": {}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content_credentials, "public_bytes", lambda key: public_bytes(KEY))
        content_credentials.add_credentials(out, process, OTHER, None)
    found = content_credentials.read_credentials(out / "timelapse.mp4")
    assert found.issuer == fingerprint(public_bytes(KEY))
    assert found.signer != public_bytes(KEY)
    assert not verify(out / "timelapse.mp4", [public_bytes(KEY)]).by_key


def test_a_signed_time_lapse_is_no_recording(credited, tmp_path, capsys):
    """Stripped of all text, it still says it in its credentials."""
    video = tmp_path / "mine.mp4"
    data = (credited / "timelapse.mp4").read_bytes()
    video.write_bytes(data.replace(b"predicted, not recorded", b"painted all day long..."))
    assert main(["data", "extract", str(video), "-o", str(tmp_path / "films"), "-q"]) == 2
    assert "made by a trained model" in capsys.readouterr().err
