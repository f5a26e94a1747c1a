"""Moving QR codes, read by the specification alone: what is whole holds what the published keys open, and
what is not is refused with the code that the specification names."""

from base64 import b32decode, b32encode, b64decode
from hashlib import sha256
from pathlib import Path
import re
import unicodedata

import pytest
from test_vectors import SENDERS, VECTORS

MOST_FRAMES, MOST_PART, MOST_CONTENT = 512, 1024, 32_768


class Refused(Exception):
    """Why, by its code."""


def vectors(ok):
    found = sorted((VECTORS / "qr").glob("frames-*.txt"))
    chosen = [file for file in found if (read(file)[0]["expect"] == "ok") == ok]
    assert len(chosen) >= 10
    return [pytest.param(file, id=file.stem) for file in chosen]


def read(file: Path):
    headers, body = file.read_text().split("\n\n", 1)
    vector = dict(line.split(": ", 1) for line in headers.split("\n"))
    if vector["input"] == "base64":
        data = b64decode(body)
        utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        body = data.decode("utf-16" if utf16 else "utf-8")
    # Characters that cannot be seen, byte-order marks among them.
    return vector, "".join(char for char in body if unicodedata.category(char) != "Cf")


def base32(symbols):
    symbols = symbols.upper()
    try:
        found = b32decode(symbols + "=" * (-len(symbols) % 8))
    except ValueError:
        raise Refused("armor_damaged") from None
    # Python lets bits pass that belong to no byte; the specification does not.
    if b32encode(found).decode().rstrip("=") != symbols:
        raise Refused("armor_damaged")
    return found


def count(digits):
    if not re.fullmatch("[1-9][0-9]*", digits):
        raise Refused("armor_damaged")
    return int(digits)


def frame(text):
    """Q4 and Q6: sequence, number, how many there are, part."""
    fields = text.split("/")[1:]
    if fields[0].startswith("*"):
        raise Refused("newer_format")
    if len(fields) != 4 or len(fields[0]) != 8:
        raise Refused("armor_damaged")
    sequence, number, total = base32(fields[0]), count(fields[1]), count(fields[2])
    if number > total:
        raise Refused("armor_damaged")
    if total > MOST_FRAMES or len(fields[3]) > -(-MOST_PART * 8 // 5):
        raise Refused("too_large")
    part = base32(fields[3])
    if not part:
        raise Refused("armor_damaged")
    before = total - (number < total)
    if len(part) * before + (number < total) > MOST_CONTENT:
        raise Refused("too_large")
    return sequence, number, total, part


def cuts(total, found):
    """Q7: the lengths that the parts but the last may have, each with the parts of that cut."""
    last = [part for number, part in found if number == total]
    others = [(number, part) for number, part in found if number < total]
    for length in sorted({len(part) for _, part in others} or {len(part) for part in last}):
        fitting = {}
        for number, part in others:
            if len(part) == length:
                fitting.setdefault(number, []).append(part)
        ends = [part for part in last if total == 1 or 0 <= length - len(part) < total]
        if ends:
            fitting[total] = ends
        yield fitting


def together(text):
    """The contents that are whole, and what is told of the rest (Q7, Q8)."""
    contents, faults, sequences = [], [], {}
    for word in text.split():
        if not word.upper().startswith("KEYFERRY/"):
            continue
        try:
            sequence, number, total, part = frame(word)
            sequences.setdefault((sequence, total), []).append((number, part))
        except Refused as refusal:
            faults.append(str(refusal))
    for (sequence, total), found in sequences.items():
        outcome = "frames_missing"
        for parts in cuts(total, found):
            if len(parts) < total:
                continue
            # The first of each number, else the last.
            for which in (0, -1):
                content = b"".join(parts[number][which] for number in range(1, total + 1))
                if sha256(content).digest()[:5] == sequence:
                    outcome = None
                    contents.append(content)
                    break
            else:
                outcome = "armor_damaged"
            if outcome is None:
                break
        if outcome:
            faults.append(outcome)
    return contents, faults


def tokens(content):
    """Q5: binary by its first bytes, else armored text and nothing else."""
    if content[:1] == b"\xd2" or content[:2] == b"\xd8\x60":
        return [content]
    armored = r"-----BEGIN KEYFERRY [A-Z ]+-----\n(.*?)\n=[A-Za-z0-9+/]{4}\n-----END"
    return [b64decode(body) for body in re.findall(armored, content.decode(), re.S)]


def is_sent(peer, kind, token, name):
    try:
        payload = peer.verify(peer.opened(token, "device-exchange"), SENDERS[kind])
    except Exception:  # a profile, or another's token, beside the answer
        return False
    return sha256(payload).hexdigest() == name


@pytest.mark.parametrize("file", vectors(ok=True))
def test_frames_that_are_whole_make_the_published_answer(peer, file):
    vector, text = read(file)
    contents, _ = together(text)
    found = [token for content in contents for token in tokens(content)]
    name = vector["found-token-id"]
    assert any(is_sent(peer, vector["kind"], token, name) for token in found)


@pytest.mark.parametrize("file", vectors(ok=False))
def test_what_is_not_whole_is_refused_as_the_specification_says(file):
    vector, text = read(file)
    contents, faults = together(text)
    if vector["expect"] == "unrecognised":
        assert contents and not faults
        assert not any(tokens(content) for content in contents)
    else:
        assert vector["expect"] in faults
        assert not contents
