"""The published vectors that say `ok` or `signature_mismatch`, for those who only know COSE."""

from hashlib import sha256
from pathlib import Path

import published
import pytest

VECTORS = Path(published.KEYS).parent
SIGNERS = {"license": "vendor-signing", "vendor_profile": "vendor-profile"}
FROM_DEVICE = ("activation_request", "deactivation", "time_request", "status")
FROM_VENDOR = ("activation_response", "refresh", "time", "refusal")
READERS = dict.fromkeys(FROM_DEVICE, "vendor-exchange") | dict.fromkeys(FROM_VENDOR, "device-exchange")
SENDERS = dict.fromkeys(FROM_DEVICE, "device-signing") | dict.fromkeys(FROM_VENDOR, "vendor-signing")


def read(file):
    headers, body = file.read_text().split("\n\n", 1)
    vector = dict(line.split(": ", 1) for line in headers.split("\n"))
    vector["bytes"] = bytes.fromhex(body.replace("\n", "")) if vector["input"] == "hex" else None
    return vector


def chosen(expect):
    found = list(every(expect))
    assert found
    return found


def every(expect):
    for file in sorted(VECTORS.glob("*/*.txt")):
        vector = read(file)
        known = vector["kind"] in SIGNERS or vector["kind"] in READERS
        if known and vector["bytes"] and vector["expect"] == expect:
            yield pytest.param(vector, id=f"{file.parent.name}/{file.stem}")


def payload(peer, vector):
    kind, data = vector["kind"], vector["bytes"]
    if kind in SIGNERS:
        return peer.verify(data, SIGNERS[kind])
    return peer.verify(peer.opened(data, READERS[kind]), SENDERS[kind])


@pytest.mark.parametrize("vector", chosen("ok"))
def test_what_is_ok_verifies_and_has_its_id(peer, vector):
    assert sha256(payload(peer, vector)).hexdigest() == vector["found-token-id"]


@pytest.mark.parametrize("vector", chosen("signature_mismatch"))
def test_what_is_forged_does_not_verify(peer, vector):
    try:
        assert payload(peer, vector) is None
    except peer.DoesNotOpen:
        pass
