"""Moving QR codes, put together from the specification alone, hold what the published keys open."""

from base64 import b32decode
from hashlib import sha256

import pytest
from test_vectors import SENDERS, VECTORS


def read(name):
    headers, body = (VECTORS / "qr" / f"frames-{name}.txt").read_text().split("\n\n", 1)
    return dict(line.split(": ", 1) for line in headers.split("\n")), body.split()


def base32(symbols):
    return b32decode(symbols.upper() + "=" * (-len(symbols) % 8))


def together(frames):
    """The contents of all sequences that are whole."""
    sequences = {}
    for frame in frames:
        name, sequence, number, total, part = frame.split("/")
        assert name.upper() == "KEYFERRY"
        parts = sequences.setdefault((base32(sequence), int(total)), {})
        parts[int(number)] = base32(part)
    for (sequence, total), parts in sequences.items():
        if len(parts) == total:
            content = b"".join(parts[number] for number in range(1, total + 1))
            assert sha256(content).digest()[:5] == sequence
            yield content


@pytest.mark.parametrize("name", ["in-order", "lower-case", "any-order", "mixed"])
def test_frames_make_the_published_answer(peer, name):
    vector, frames = read(name)
    kind = vector["kind"]
    (content,) = together(frames)
    payload = peer.verify(peer.opened(content, "device-exchange"), SENDERS[kind])
    assert sha256(payload).hexdigest() == vector["found-token-id"]


def test_a_content_of_another_id_is_noticed():
    with pytest.raises(AssertionError):
        list(together(read("other-id")[1]))
