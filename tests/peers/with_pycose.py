"""Sign, verify, seal and open with pycose."""

import published
from cryptography.exceptions import InvalidTag as DoesNotOpen
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pycose.algorithms import A256GCM, EcdhEsHKDF256
from pycose.headers import IV, KID, Algorithm, StaticKey
from pycose.keys import EC2Key, RSAKey
from pycose.messages import CoseMessage, EncMessage, Sign1Message
from pycose.messages.recipient import DirectKeyAgreement


def key(name):
    private = published.private(name)
    if hasattr(private, "curve"):
        x, y = published.coordinates(name)
        return EC2Key(crv="P_256", x=x, y=y, d=published.scalar(name))
    numbers = private.private_numbers()
    public = numbers.public_numbers
    parts = {
        "n": public.n,
        "e": public.e,
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dp": numbers.dmp1,
        "dq": numbers.dmq1,
        "qinv": numbers.iqmp,
    }
    return RSAKey(**{part: as_bytes(number) for part, number in parts.items()})


def as_bytes(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def verify(data, name):
    """The payload, or None when the signature does not fit."""
    message = CoseMessage.decode(data)
    assert isinstance(message, Sign1Message)
    message.key = key(name)
    return message.payload if message.verify_signature() else None


def verify_public(data, pem):
    """The same with the public key of a file."""
    message = CoseMessage.decode(data)
    numbers = load_pem_public_key(pem.encode()).public_numbers()
    message.key = RSAKey(n=as_bytes(numbers.n), e=as_bytes(numbers.e))
    return message.payload if message.verify_signature() else None


def opened(data, name):
    """The content; raises when it does not open."""
    message = CoseMessage.decode(data)
    assert isinstance(message, EncMessage)
    (recipient,) = message.recipients
    recipient.key = key(name)
    return message.decrypt(recipient)


def sign(payload, name, algorithm, typ, kid=None):
    header = {Algorithm: algorithm}
    if kid:
        header[KID] = kid
    header[16] = typ
    message = Sign1Message(phdr=header, payload=payload)
    message.key = key(name)
    return message.encode()


def seal(content, name, typ, iv):
    x, y = published.coordinates(name)
    recipient = DirectKeyAgreement(phdr={Algorithm: EcdhEsHKDF256}, uhdr={KID: published.kid(name)})
    recipient.local_attrs = {StaticKey: EC2Key(crv="P_256", x=x, y=y)}
    # The ephemeral key is made here; encoding the message alone leaves it out.
    recipient.encode()
    message = EncMessage(
        phdr={Algorithm: A256GCM, 16: typ},
        uhdr={IV: iv},
        payload=content,
        recipients=[recipient],
    )
    return message.encode()
