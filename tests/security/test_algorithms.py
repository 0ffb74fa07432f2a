"""docs/security/cryptography.md names the algorithms that stand in the source, and no others."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.security.supply.components import ROOT

_SOURCES = [
    path
    for place in ("libs", "services", "workers", "deploy/local", "deploy/compose")
    for path in sorted((ROOT / place).rglob("*.py"))
]
_OWNERS = {"hashes", "algorithms", "modes", "ec"}
_CLASS = re.compile(r"(?!Hash$|EllipticCurve)[A-Z]")
_NO_ALGORITHM = {"new", "file_digest"}
_NAMED = re.compile(r"(?:sm|md|sha|SHA-)\d\w*|blake2\w|(?:ES|RS|PS|HS)\d{3}|EdDSA")
_IMPORTED = re.compile(
    r"(Ed25519|Ed448|X25519|X448|HKDF|PBKDF2HMAC|Scrypt|ChaCha20Poly1305|AES\w*|blake2\w)(?:P\w+Key)?"
)


def algorithms(tree: ast.AST) -> Iterator[str]:
    """In capitals. A text counts where it is the whole of it, as of `hashlib.new` and of headers of JWS."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="hashlib"), attr=name) if name not in _NO_ALGORITHM:
                yield name.upper()
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in _OWNERS and _CLASS.match(name):
                yield name.upper()
            case ast.Attribute(value=ast.Name(id="Type"), attr="ID"):
                yield "ARGON2ID"
            case ast.ImportFrom(names=names):
                yield from (found[1].upper() for each in names if (found := _IMPORTED.fullmatch(each.name)))
            case ast.Constant(value=str(text)) if _NAMED.fullmatch(text):
                yield text.upper().replace("-", "")


def test_the_page_lists_what_stands_in_the_source():
    page = (ROOT / "docs/security/cryptography.md").read_text(encoding="utf-8")
    listed = {
        name for row in re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert {name for path in _SOURCES for name in algorithms(ast.parse(path.read_text(encoding="utf-8")))} == listed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hashlib.md5(body)", "MD5"), ("hashlib.new('sha1', body)", "SHA1"), ("hmac.digest(k, b, 'sha512')", "SHA512"),
        ("Cipher(algorithms.AES(key), modes.CBC(iv))", "CBC"), ("ec.SECP384R1()", "SECP384R1"),
        ("from cryptography.hazmat.primitives.ciphers.aead import AESGCM", "AESGCM"),
        ("jwt.encode({'alg': 'HS256'}, claims)", "HS256"),
    ],
)  # fmt: skip
def test_another_one_would_be_found(text: str, found: str):
    assert found in set(algorithms(ast.parse(text)))
