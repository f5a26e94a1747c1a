"""What Keyferry wrote, read by others who know nothing but the specification."""

import base64
from hashlib import sha256

import cbor2
import published
import pytest
from wire import LICENSE, OWN, REQUEST, RESPONSE, check_symbol, component, unarmor


def header(data):
    """The protected header of a COSE structure."""
    return cbor2.loads(cbor2.loads(data).value[0])


def flipped(data, at):
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def test_a_license_verifies_and_says_what_keyferry_says(keyferry, peer):
    data, said = keyferry.wrote("license.lic"), keyferry.said("license.lic")
    claims = cbor2.loads(peer.verify(data, "vendor-signing"))
    assert header(data) == {1: -37, 4: published.kid("vendor-signing"), 16: LICENSE}
    assert claims[1] == said["vendor"] == published.crockford(published.VENDOR).lower()
    assert claims[2] == said["id"]
    assert claims[3] == said["product"]
    own = claims[OWN]
    assert own[2] == said["sequence"]
    assert own[5] == said["features"]
    assert own[9] == {1: 1, 2: 0x0781, 3: 0x5581, 4: "4C53:0001", 5: 30752000000, 6: "1234-ABCD"}


def test_a_license_is_not_signed_by_another_key(keyferry, peer):
    assert peer.verify(keyferry.wrote("license.lic"), "vendor-profile") is None


def test_a_profile_verifies(keyferry, peer):
    data, said = keyferry.wrote("profile.kfv"), keyferry.said("profile.kfv")
    own = cbor2.loads(peer.verify(data, "vendor-profile"))[OWN]
    assert own[2] == published.VENDOR
    assert own[3] == said["name"]
    assert [sha256(key[3]).hexdigest()[:16] for key in own[6]] == said["keys"]
    assert own[6][1][3] == published.spki("vendor-signing")


def test_a_request_opens_and_its_signature_is_that_of_the_key_it_names(keyferry, peer):
    data, said = keyferry.wrote("request.kft"), keyferry.said("request.kft")
    signed = peer.opened(data, "vendor-exchange")
    assert header(data)[16] == header(signed)[16] == REQUEST
    payload = peer.verify(signed, "device-signing")
    assert sha256(payload).hexdigest() == said["id"]
    claims = cbor2.loads(payload)
    x, y = published.coordinates("device-signing")
    assert claims[8] == {1: {1: 2, -1: 1, -2: x, -3: bool(y[-1] & 1)}}
    own = claims[OWN]
    assert own[2] == published.VENDOR
    assert own[4] == published.kid("vendor-exchange")
    assert own[6].hex() == said["secret"] == keyferry.codes()["secret"]
    assert own[7] == published.compressed("device-exchange")
    assert own[8][4] == component(4, "cad-07 cpu 7q2k9m")
    assert own[9] == said["label"]


def test_a_response_opens_and_answers_the_request(keyferry, peer):
    data, said = keyferry.wrote("response.kft"), keyferry.said("response.kft")
    signed = peer.opened(data, "device-exchange")
    assert header(data)[16] == header(signed)[16] == RESPONSE
    own = cbor2.loads(peer.verify(signed, "vendor-signing"))[OWN]
    assert own[4] == published.DEVICE
    assert own[12].hex() == keyferry.said("request.kft")["id"]
    assert own[13][4] == said["lease_expires_at"]
    assert published.grouped(published.crockford(own[13][1])) == said["activation"]


@pytest.mark.parametrize("name", ["license.lic", "request.kft", "response.kft", "profile.kfv"])
def test_the_text_form_holds_the_same_bytes(keyferry, name):
    label, data = unarmor(keyferry.text(name))
    assert label == keyferry.said(name)["kind"].replace("_", " ").upper()
    assert data == keyferry.wrote(name)


def test_an_activation_code_is_what_its_secret_and_check_symbol_say(keyferry):
    codes = keyferry.codes()
    symbols = [published.CROCKFORD.index(symbol) for symbol in codes["code"].replace("-", "")]
    assert check_symbol(symbols[:-1]) == symbols[-1]
    assert published.crockford(bytes.fromhex(codes["secret"])) == codes["code"].replace("-", "")[:-1]
    assert codes["code"].startswith(codes["tag"])


def test_a_changed_byte_is_refused_by_both_sides(keyferry, peer):
    license = keyferry.wrote("license.lic")
    for at in (len(license) - 1, len(license) - 600):
        changed = flipped(license, at)
        assert peer.verify(changed, "vendor-signing") is None
        assert keyferry.reads(changed) in ("signature_mismatch", "malformed")
    for name, key in (("request.kft", "vendor-exchange"), ("response.kft", "device-exchange")):
        changed = flipped(keyferry.wrote(name), 60)
        with pytest.raises(peer.DoesNotOpen):
            peer.opened(changed, key)
        assert keyferry.reads(changed) == "signature_mismatch"


def test_a_tokens_base32_is_plain_rfc_4648(keyferry):
    data = keyferry.wrote("request.kft")
    text = base64.b32encode(data).decode().rstrip("=")
    for carried in (f"KEYFERRY:{text}", f"HTTPS://LICENSE.ACME.EXAMPLE/A#{text}", f"https://x/#{text.lower()}"):
        assert keyferry.reads(carried) == keyferry.said("request.kft")
