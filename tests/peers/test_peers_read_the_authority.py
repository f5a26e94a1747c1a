"""What a vendor's authority signs, checked with nothing but the public key that it hands out."""

import json
import os
import subprocess

import cbor2
import pytest
from wire import LICENSE, OWN, unarmor


class Authority:
    def __init__(self, folder):
        self.folder = folder / "acme"
        self("init", "--vendor", "Acme Tools")
        self("product", "add", "com.acme.cad", "--name", "Acme CAD", "--offline")
        self.public = (self.folder / "public.pem").read_text()

    def __call__(self, *arguments):
        program = [os.environ["KEYFERRY_AUTHORITY"], "--data", str(self.folder)]
        done = subprocess.run([*program, *arguments, "--json"], check=True, capture_output=True)
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_license_for_a_usb_key_and_what_follows_it(authority, peer):
    key = "0781:5581:4C53%3A001370609:30752000000"
    made = authority("license", "--product", "com.acme.cad", "--usb", key, "--expires", "2127-12-31")
    license = made["license"]
    revoked = authority("license", "revoke", license["license_id"])
    for told, status in ((made, 1), (revoked, 3)):
        _, data = unarmor(told["text"])
        claims = cbor2.loads(peer.verify_public(data, authority.public))
        assert cbor2.loads(cbor2.loads(data).value[0])[16] == LICENSE
        assert claims[2] == license["license_id"]
        assert claims[3] == "com.acme.cad"
        assert claims[OWN][2] == told["license"]["seq"]
        assert claims[OWN][3] == status
        assert claims[OWN][9] == {1: 1, 2: 0x0781, 3: 0x5581, 4: "4C53:001370609", 5: 30752000000}


def test_a_license_that_was_changed_is_not_believed(authority, peer):
    made = authority("license", "--product", "com.acme.cad", "--unbound")
    _, data = unarmor(made["text"])
    at = data.index(b"com.acme.cad")
    changed = data[:at] + b"com.acme.cam" + data[at + 12 :]
    assert peer.verify_public(data, authority.public)
    assert peer.verify_public(changed, authority.public) is None
