"""What Keyferry wrote, read by others who know nothing but the specification."""

import base64
from hashlib import sha256

import cbor2
import published
import pytest
from wire import (
    DEACTIVATION,
    LICENSE,
    OWN,
    REFRESH,
    REFUSAL,
    REQUEST,
    RESPONSE,
    STATUS,
    TIME,
    TIME_REQUEST,
    check_symbol,
    component,
    status_code,
    unarmor,
)


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


def from_device(keyferry, peer, name, typ):
    """A device's token: its own claims, and what Keyferry says of it."""
    data, said = keyferry.wrote(name), keyferry.said(name)
    signed = peer.opened(data, "vendor-exchange")
    assert header(data)[16] == header(signed)[16] == typ
    assert header(signed) == {1: -7, 16: typ}
    payload = peer.verify(signed, "device-signing")
    assert sha256(payload).hexdigest() == said["id"]
    own = cbor2.loads(payload)[OWN]
    assert own[4] == published.kid("vendor-exchange")
    assert own[5] == said["number"]
    assert own[9] == said["label"]
    return own, said


def from_vendor(keyferry, peer, name, typ):
    """A vendor's token: its own claims, and what Keyferry says of it."""
    data, said = keyferry.wrote(name), keyferry.said(name)
    signed = peer.opened(data, "device-exchange")
    assert header(data)[16] == header(signed)[16] == typ
    assert header(signed)[4] == published.kid("vendor-signing")
    payload = peer.verify(signed, "vendor-signing")
    assert sha256(payload).hexdigest() == said["id"]
    own = cbor2.loads(payload)[OWN]
    assert own[4] == published.DEVICE
    return own, said


def test_a_refresh_carries_a_grant_of_its_own(keyferry, peer):
    own, said = from_vendor(keyferry, peer, "refresh.kft", REFRESH)
    assert sorted(own) == [1, 2, 3, 4, 13]
    assert own[13][2] == said["sequence"] > keyferry.said("response.kft")["sequence"]
    assert published.grouped(published.crockford(own[13][1])) == said["activation"]


def test_a_deactivation_names_what_it_gives_back(keyferry, peer):
    own, said = from_device(keyferry, peer, "deactivation.kft", DEACTIVATION)
    assert sorted(own) == [1, 2, 3, 4, 5, 9, 14, 15, 16]
    assert published.grouped(published.crockford(own[14])) == said["activation"]
    assert own[15] == said["sequence"] == keyferry.said("refresh.kft")["sequence"]
    assert (own[16], said["reason"]) == (1, "moving")


def test_a_time_answers_the_challenge_of_its_request(keyferry, peer):
    asked, request = from_device(keyferry, peer, "time-request.kft", TIME_REQUEST)
    told, said = from_vendor(keyferry, peer, "time.kft", TIME)
    assert asked[7] == published.compressed("device-exchange")
    assert asked[17] == told[17] == bytes.fromhex(said["challenge"])
    assert told[12].hex() == request["id"] == said["answers"]


def test_a_refusal_says_a_code_and_its_data(keyferry, peer):
    own, said = from_vendor(keyferry, peer, "refusal.kft", REFUSAL)
    assert own[12].hex() == keyferry.said("request.kft")["id"]
    assert own[19] == said["code"] == said["told"] == "no_free_seat"
    assert own[20] == said["data"] == {"seats": "3", "next_free": "2026-12-23T04:00:00Z"}


def test_a_status_says_what_support_needs_to_see(keyferry, peer):
    own, said = from_device(keyferry, peer, "status.kft", STATUS)
    assert (own[21], said["state"]) == (2, "grace")
    assert own[22] == said["reason"] == 503
    assert own[25] == said["clock_floor"]
    assert (own[26], said["changed"]) == ([6], ["network_adapter"])
    assert own[18] == said["emergency_runs"]
    assert own[27] is said["store_repaired"] is True
    assert 6 not in own and 8 not in own


def test_a_status_code_is_what_its_fields_say(keyferry):
    status = keyferry.said("status.kft")
    symbols = status["activation"].replace("-", "")
    bits = "".join(f"{published.CROCKFORD.index(symbol):05b}" for symbol in symbols)
    digest = sha256(int(bits, 2).to_bytes(10, "big")).digest()
    first_day = 1_577_836_800 // 86400
    today = status["clock_floor"] // 86400
    left = status["lease_expires_at"] // 86400 - today
    hint = int.from_bytes(digest[:2], "big") >> 6
    fields = [(0, 2), (2, 3), (503, 10), (today - first_day, 14), (512 + left, 10), (1 << 5, 6), (hint, 10)]
    assert keyferry.codes()["status"] == status_code(fields)


NAMES = [
    "license.lic",
    "profile.kfv",
    "request.kft",
    "response.kft",
    "refresh.kft",
    "deactivation.kft",
    "time-request.kft",
    "time.kft",
    "refusal.kft",
    "status.kft",
]


@pytest.mark.parametrize("name", NAMES)
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
