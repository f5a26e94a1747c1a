"""Sign, verify, seal and open with cwt."""

import base64
from hashlib import sha256

import published
from cwt import COSE, COSEKey, Recipient
from cwt.exceptions import DecodeError as DoesNotOpen
from cwt.exceptions import VerifyError

ALGORITHMS = {"ES256": -7, "PS256": -37}

# The COSE_KDF_Context of the specification: A256GCM, nothing about the parties, 256 bits, and the
# recipient's protected header. As a list, because cwt makes its own header of a dictionary.
CONTEXT = [3, [None, None, None], [None, None, None], [256, bytes.fromhex("a1013818")]]


def key(name, algorithm):
    pem = (published.KEYS / f"{name}.pem").read_text()
    return COSEKey.from_pem(pem, alg=algorithm, kid=published.kid(name))


def exchange_key(name, private):
    x, y = published.coordinates(name)
    parts = {1: 2, 2: published.kid(name), 3: -25, -1: 1, -2: x, -3: y}
    if private:
        parts[-4] = published.scalar(name)
    return COSEKey.new(parts)


def verify(data, name):
    """The payload, or None when it names another key or the signature does not fit."""
    algorithm = "ES256" if name.startswith("device") else "PS256"
    try:
        return COSE.new().decode(data, key(name, algorithm))
    except (VerifyError, ValueError):
        return None


def verify_public(data, pem):
    """The same with the public key of a file."""
    spki = base64.b64decode("".join(line for line in pem.splitlines() if "--" not in line))
    try:
        return COSE.new().decode(data, COSEKey.from_pem(pem, alg="PS256", kid=sha256(spki).digest()[:8]))
    except (VerifyError, ValueError):
        return None


def opened(data, name):
    """The content; raises when it does not open."""
    return COSE.new().decode(data, exchange_key(name, private=True), context=CONTEXT)


def sign(payload, name, algorithm, typ, kid=None):
    header = {1: ALGORITHMS[algorithm]}
    if kid:
        header[4] = kid
    header[16] = typ
    return COSE.new().encode_and_sign(payload, key(name, algorithm), protected=header)


def seal(content, name, typ, iv):
    recipient = Recipient.new(
        protected={1: -25},
        unprotected={4: published.kid(name)},
        recipient_key=exchange_key(name, private=False),
        context=CONTEXT,
    )
    return COSE.new().encode_and_encrypt(
        content,
        protected={1: 3, 16: typ},
        unprotected={5: iv},
        recipients=[recipient],
    )
