"""The published test keys of tests/vectors/keys, and the ids that follow from them."""

from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

KEYS = Path(__file__).parent.parent / "vectors" / "keys"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def private(name):
    """A private key, as the cryptography package holds it."""
    return load_pem_private_key((KEYS / f"{name}.pem").read_bytes(), password=None)


def spki(name):
    """The SubjectPublicKeyInfo (DER) of a key's public half."""
    public = private(name).public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def kid(name):
    return sha256(spki(name)).digest()[:8]


def compressed(name):
    """A P-256 key's public half, 33 bytes."""
    public = private(name).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def coordinates(name):
    numbers = private(name).public_key().public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


def scalar(name):
    return private(name).private_numbers().private_value.to_bytes(32, "big")


def crockford(data):
    """Bytes as Crockford base32 symbols, the last one padded with zeros."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return "".join(CROCKFORD[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def grouped(symbols, group=4):
    return "-".join(symbols[at : at + group] for at in range(0, len(symbols), group))


VENDOR = sha256(spki("vendor-profile")).digest()[:16]
DEVICE = sha256(spki("device-signing")).digest()[:16]
