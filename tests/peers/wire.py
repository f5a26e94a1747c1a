"""The specification's text form and claims, written once more from docs/spec."""

import base64
import hmac
import re
from hashlib import sha256

import cbor2
import published

REQUEST, RESPONSE, REFRESH, DEACTIVATION = 65001, 65002, 65003, 65004
TIME_REQUEST, TIME, REFUSAL, STATUS = 65005, 65006, 65007, 65008
LICENSE = "application/keyferry-license"
OWN = -65537
NOW = 1_795_406_400
PRODUCT = "com.acme.cad"


def crc24(data):
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF


def armor(label, data):
    body = base64.b64encode(data).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    check = base64.b64encode(crc24(data).to_bytes(3, "big")).decode()
    begin, end = f"-----BEGIN KEYFERRY {label}-----", f"-----END KEYFERRY {label}-----"
    return "\n".join([begin, *lines, f"={check}", end]) + "\n"


def unarmor(text):
    """The label and the bytes; a checksum that does not fit is an assertion."""
    found = re.fullmatch(
        r"-----BEGIN KEYFERRY ([A-Z ]+)-----\n([A-Za-z0-9+/=\n]+)\n=(.{4})\n-----END KEYFERRY \1-----\n",
        text,
    )
    label, body, check = found.groups()
    assert all(len(line) <= 64 for line in body.split("\n"))
    data = base64.b64decode(body, validate=False)
    assert base64.b64decode(check) == crc24(data).to_bytes(3, "big")
    return label, data


def check_symbol(symbols):
    """The check symbol over GF(32) with x^5 + x^2 + 1 (docs/spec/codes.md, K1)."""

    def times(a, b):
        product = 0
        while b:
            if b & 1:
                product ^= a
            a <<= 1
            if a & 32:
                a ^= 0b100101
            b >>= 1
        return product

    weight, total = 1, 0
    for symbol in symbols:
        weight = times(weight, 2)
        total ^= times(weight, symbol)
    return total


def component(kind, value):
    key = published.VENDOR + PRODUCT.encode()
    return hmac.new(key, bytes([kind]) + value.encode(), sha256).digest()[:8]


def status_code(fields):
    """A status code from its fields, the most significant first: value and width."""
    bits = "".join(f"{value:0{width}b}" for value, width in fields)
    symbols = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    symbols.append(check_symbol(symbols))
    return published.grouped("".join(published.CROCKFORD[symbol] for symbol in symbols))


# Every map below is written in the order of its encoded keys: that is the one encoding there is.


def from_device(number, own):
    """The claims of a device's token: those that all have, then its own."""
    x, y = published.coordinates("device-signing")
    common = {1: 1, 2: published.VENDOR, 3: PRODUCT, 4: published.kid("vendor-exchange"), 5: number}
    cnf = {1: {1: 2, -1: 1, -2: x, -3: bool(y[-1] & 1)}}
    return {6: NOW, 8: cnf, OWN: common | own}


def from_vendor(own):
    """The claims of a vendor's token: those that all have, then its own."""
    common = {1: 1, 2: published.VENDOR, 3: PRODUCT, 4: published.DEVICE}
    return {6: NOW, OWN: common | own}


def request_claims():
    own = {
        6: bytes(range(15)),
        7: published.compressed("device-exchange"),
        8: {1: component(1, "machine"), 5: component(5, "disk")},
        9: "Prüfstand 3",
        10: "Python",
        11: "1.0",
    }
    return from_device(7, own)


def grant(sequence):
    return {
        1: b"activation",
        2: sequence,
        3: 1,
        4: NOW + 30 * 86400,
        5: 7 * 86400,
        7: ["cam", "export"],
        9: "Werk Süd",
        10: {1: component(1, "machine"), 5: component(5, "disk")},
        11: 60,
    }


def response_claims(answers):
    return from_vendor({12: answers, 13: grant(NOW)})


def refresh_claims():
    return from_vendor({13: grant(NOW + 1)})


def deactivation_claims():
    runs = [NOW - 86400, NOW]
    return from_device(8, {9: "Prüfstand 3", 14: b"activation", 15: NOW + 1, 16: 3, 18: runs})


def time_request_claims():
    own = {
        7: published.compressed("device-exchange"),
        9: "Prüfstand 3",
        14: b"activation",
        17: bytes(range(16)),
    }
    return from_device(9, own)


def time_claims(answers):
    return from_vendor({12: answers, 17: bytes(range(16))})


def refusal_claims(answers, code, data=None):
    own = {12: answers, 19: code}
    if data:
        own[20] = dict(sorted(data.items(), key=lambda pair: cbor2.dumps(pair[0])))
    return from_vendor(own)


def status_claims():
    own = {9: "Prüfstand 3", 10: "Python", 11: "1.0", 21: 7, 22: 507, 25: NOW + 5, 26: [1, 6], 27: True}
    return from_device(10, own)


def license_claims():
    own = {1: 1, 2: NOW, 3: 1, 4: True, 5: ["cam"], 7: "Werk Süd", 9: {1: 0}}
    return {
        1: published.crockford(published.VENDOR).lower(),
        2: published.grouped(published.crockford(b"license id")),
        3: PRODUCT,
        5: NOW,
        6: NOW,
        7: bytes(16),
        OWN: own,
    }


def encoded(claims):
    return cbor2.dumps(claims)
