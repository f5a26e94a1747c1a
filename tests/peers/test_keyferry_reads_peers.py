"""What others wrote by the specification, read by Keyferry."""

import os
from hashlib import sha256

import published
import wire
from wire import LICENSE, REQUEST, RESPONSE, armor, encoded


def license(peer):
    kid = published.kid("vendor-signing")
    return peer.sign(encoded(wire.license_claims()), "vendor-signing", "PS256", LICENSE, kid)


def request(peer):
    signed = peer.sign(encoded(wire.request_claims()), "device-signing", "ES256", REQUEST)
    return peer.seal(signed, "vendor-exchange", REQUEST, os.urandom(12))


def response(peer, answers=bytes(32)):
    kid = published.kid("vendor-signing")
    claims = encoded(wire.response_claims(answers))
    signed = peer.sign(claims, "vendor-signing", "PS256", RESPONSE, kid)
    return peer.seal(signed, "device-exchange", RESPONSE, os.urandom(12))


def test_a_license(keyferry, peer):
    data = license(peer)
    said = keyferry.reads(data)
    assert said == keyferry.reads(armor("LICENSE", data))
    assert said["id"] == wire.license_claims()[2]
    assert said["holder"] == "Werk Süd"
    assert said["features"] == ["cam"]
    assert said["binding"] == "none"


def test_a_request(keyferry, peer):
    # More than once: a key's coordinates may begin with zeros or not.
    for _ in range(8):
        data = request(peer)
        said = keyferry.reads(data)
        assert said["id"] == sha256(encoded(wire.request_claims())).hexdigest()
    assert said == keyferry.reads(armor("ACTIVATION REQUEST", data))
    assert said["device"] == published.crockford(published.DEVICE)
    assert said["label"] == "Prüfstand 3"
    assert said["number"] == 7
    assert said["secret"] == bytes(range(15)).hex()
    assert said["fingerprint"] == {
        "machine_id": wire.component(1, "machine").hex(),
        "system_disk": wire.component(5, "disk").hex(),
    }


def test_a_response(keyferry, peer):
    answers = sha256(b"some request").digest()
    data = response(peer, answers)
    said = keyferry.reads(data)
    assert said == keyferry.reads(armor("ACTIVATION RESPONSE", data))
    assert said["answers"] == answers.hex()
    assert said["status"] == "active"
    assert said["lease_expires_at"] == wire.NOW + 30 * 86400
    assert said["holder"] == "Werk Süd"


def to_vendor(peer, claims, typ):
    signed = peer.sign(encoded(claims), "device-signing", "ES256", typ)
    return peer.seal(signed, "vendor-exchange", typ, os.urandom(12))


def to_device(peer, claims, typ):
    kid = published.kid("vendor-signing")
    signed = peer.sign(encoded(claims), "vendor-signing", "PS256", typ, kid)
    return peer.seal(signed, "device-exchange", typ, os.urandom(12))


def test_a_refresh(keyferry, peer):
    data = to_device(peer, wire.refresh_claims(), wire.REFRESH)
    said = keyferry.reads(data)
    assert said == keyferry.reads(armor("REFRESH", data))
    assert said["sequence"] == wire.NOW + 1
    assert said["lease_expires_at"] == wire.NOW + 30 * 86400


def test_a_deactivation(keyferry, peer):
    data = to_vendor(peer, wire.deactivation_claims(), wire.DEACTIVATION)
    said = keyferry.reads(data)
    assert said == keyferry.reads(armor("DEACTIVATION", data))
    assert said["device"] == published.crockford(published.DEVICE)
    assert said["reason"] == "repair"
    assert said["sequence"] == wire.NOW + 1
    assert said["emergency_runs"] == [wire.NOW - 86400, wire.NOW]


def test_a_time_request_and_its_answer(keyferry, peer):
    asked = to_vendor(peer, wire.time_request_claims(), wire.TIME_REQUEST)
    request = keyferry.reads(asked)
    assert request == keyferry.reads(armor("TIME REQUEST", asked))
    told = to_device(peer, wire.time_claims(bytes.fromhex(request["id"])), wire.TIME)
    said = keyferry.reads(told)
    assert said == keyferry.reads(armor("TIME", told))
    assert said["challenge"] == request["challenge"] == bytes(range(16)).hex()
    assert said["answers"] == request["id"]


def test_a_refusal(keyferry, peer):
    answers = sha256(b"some request").digest()
    data = {"seats": "3", "colour": "blue"}
    refusal = to_device(peer, wire.refusal_claims(answers, "no_free_seat", data), wire.REFUSAL)
    said = keyferry.reads(refusal)
    assert said == keyferry.reads(armor("REFUSAL", refusal))
    assert (said["told"], said["data"]) == ("no_free_seat", {"seats": "3"})
    newer = to_device(peer, wire.refusal_claims(answers, "moon_in_the_wrong_phase"), wire.REFUSAL)
    said = keyferry.reads(newer)
    assert (said["told"], said["data"]) == ("refused_by_vendor", {"reason": "moon_in_the_wrong_phase"})


def test_a_status(keyferry, peer):
    data = to_vendor(peer, wire.status_claims(), wire.STATUS)
    said = keyferry.reads(data)
    assert said == keyferry.reads(armor("STATUS", data))
    assert (said["state"], said["reason"]) == ("blocked", 507)
    assert said["changed"] == ["machine_id", "network_adapter"]
    assert said["activation"] is said["exchange_key"] is None
    assert said["store_repaired"] is True


def test_their_tokens_are_as_long_as_ours(keyferry, peer):
    """The size in bytes follows from the claims alone, whoever encodes them."""
    signed = peer.opened(keyferry.wrote("request.kft"), "vendor-exchange")
    again = peer.seal(signed, "vendor-exchange", REQUEST, os.urandom(12))
    assert len(again) == len(keyferry.wrote("request.kft"))
    assert keyferry.reads(again) == keyferry.said("request.kft")


def test_a_changed_byte_is_refused(keyferry, peer):
    for data in (license(peer), request(peer), response(peer)):
        for at in (len(data) // 3, len(data) // 2):
            changed = bytearray(data)
            changed[at] ^= 4
            assert keyferry.reads(bytes(changed)) in ("signature_mismatch", "malformed")


def test_a_foreign_kind_is_refused(keyferry, peer):
    signed = peer.sign(encoded(wire.request_claims()), "device-signing", "ES256", REQUEST)
    sealed = peer.seal(signed, "vendor-exchange", RESPONSE, os.urandom(12))
    assert keyferry.reads(armor("ACTIVATION REQUEST", sealed)) == "wrong_kind"
    assert keyferry.reads(armor("LICENSE", request(peer))) in ("wrong_kind", "malformed")


def test_a_license_of_another_key_is_refused(keyferry, peer):
    claims = encoded(wire.license_claims())
    named = peer.sign(claims, "vendor-profile", "PS256", LICENSE, published.kid("vendor-profile"))
    assert keyferry.reads(named) == "untrusted_key"
    forged = peer.sign(claims, "vendor-profile", "PS256", LICENSE, published.kid("vendor-signing"))
    assert keyferry.reads(forged) == "signature_mismatch"
