"""What was written to a USB key, write by write, and every state in which a hand could have left it.

QEMU keeps the record (its `blklogwrites`, in the form of the kernel's dm-log-writes).
"""

import random
import struct

MAGIC = 0x6A736677736872
FLUSH = 1
DISCARD = 4
SECTOR = 512
# How often the writes that a key holds in its own memory are reordered, at each point.
SHUFFLES = 4


def recorded(path):
    """How many entries the record has by now."""
    with path.open("rb") as file:
        start = file.read(28)
    if len(start) < 28:
        return 0
    magic, _, entries, _ = struct.unpack("<QQQI", start)
    assert magic == MAGIC, path
    return entries


def entries(path):
    """Each write as (offset, bytes, whether everything before it is flushed to the medium)."""
    content = path.read_bytes()
    _, _, count, size = struct.unpack_from("<QQQI", content)
    at, found = size, []
    for _ in range(count):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", content, at)
        at += size
        data = b""
        if not flags & DISCARD:
            data = content[at : at + sectors * size]
            at += len(data)
        found.append((sector * size, data, bool(flags & FLUSH)))
    return found


class Medium:
    """An image with changes on top, by sector; copies share the image."""

    def __init__(self, image, changed=None):
        self.image = image
        self.changed = dict(changed or {})

    def copy(self):
        return Medium(self.image, self.changed)

    def write(self, offset, data):
        for at in range(0, len(data), SECTOR):
            self.changed[offset + at] = data[at : at + SECTOR]

    def read(self, offset, length):
        first = offset - offset % SECTOR
        last = -(-(offset + length) // SECTOR) * SECTOR
        content = b"".join(
            self.changed.get(at) or self.image[at : at + SECTOR] for at in range(first, last, SECTOR)
        )
        return content[offset - first : offset - first + length]

    def save(self, path):
        with path.open("wb") as file:
            file.write(self.image)
            for offset, data in self.changed.items():
                file.seek(offset)
                file.write(data)


def cuts(image, writes):
    """The medium at each point where a hand can cut the writes off: behind every sector that was written.

    Gives (entries that were begun, medium).
    """
    medium = Medium(image)
    yield 0, medium
    for number, (offset, data, _) in enumerate(writes):
        for at in range(0, len(data), SECTOR):
            medium.write(offset + at, data[at : at + SECTOR])
            yield number + 1, medium
        if not data:
            yield number + 1, medium


def reordered(image, writes, seed):
    """The same for a key that keeps writes in a memory of its own and stores them in whatever order, until it is flushed.

    Gives (entries that are surely stored, medium): samples, since there are more orders than anyone can try.
    """
    chance = random.Random(seed)
    stored, kept, sure = Medium(image), [], 0
    for number, (offset, data, flushes) in enumerate(writes):
        if flushes:
            for entry in kept:
                stored.write(*entry)
            kept, sure = [], number
        if not data:
            continue
        kept.append((offset, data))
        for _ in range(SHUFFLES if len(kept) > 1 else 0):
            medium = stored.copy()
            some = [entry for entry in kept if chance.random() < 0.5]
            chance.shuffle(some)
            for entry in some:
                medium.write(*entry)
            yield sure, medium
