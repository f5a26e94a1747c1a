"""Reads the root folder of a FAT volume as a computer would find it after the key was pulled: what is whole, and only that."""

import struct

DELETED = 0xE5
LONG_NAME = 0x0F
VOLUME_LABEL = 0x08
FOLDER = 0x10


class Unreadable(Exception):
    """There is no FAT volume here."""


class Volume:
    """`read(offset, length)` gives bytes of the medium."""

    def __init__(self, read):
        self.read = read
        boot = read(0, 512)
        sector, self.per_cluster, reserved, tables, self.root_entries = struct.unpack_from("<HBHBH", boot, 11)
        if boot[510:] != b"\x55\xaa" or sector != 512 or not self.per_cluster:
            raise Unreadable
        (table_size,) = struct.unpack_from("<H", boot, 22)
        self.bits = 16
        if table_size == 0:
            self.bits = 32
            (table_size,) = struct.unpack_from("<I", boot, 36)
            (self.root,) = struct.unpack_from("<I", boot, 44)
        self.table = reserved * sector
        self.root_area = (reserved + tables * table_size) * sector
        self.data = self.root_area + self.root_entries * 32
        self.cluster = self.per_cluster * sector

    def files(self):
        """The files at the root by name: their content, or None where the chain of clusters does not hold it."""
        found = {}
        for name, first, size in self._entries():
            # Of two entries with one name, the first is what a system opens.
            found.setdefault(name, self._content(first, size))
        return found

    def shapes(self):
        """By name what the entry of a file says of its size, and for how many bytes there is room on the medium."""
        return {
            name: (size, sum(self.cluster for _ in self._chain(first)))
            for name, first, size in reversed(list(self._entries()))
        }

    def _next(self, cluster):
        width = self.bits // 8
        value = int.from_bytes(self.read(self.table + cluster * width, width), "little")
        return value & 0x0FFFFFFF

    def _chain(self, first):
        end = 0x0FFFFFF8 if self.bits == 32 else 0xFFF8
        bad = 0x0FFFFFF7 if self.bits == 32 else 0xFFF7
        seen = set()
        while 2 <= first < bad and first not in seen:
            seen.add(first)
            yield first
            first = self._next(first)
            if first >= end:
                return

    def _cluster(self, number):
        return self.read(self.data + (number - 2) * self.cluster, self.cluster)

    def _content(self, first, size):
        content = bytearray()
        if size:
            for cluster in self._chain(first):
                content += self._cluster(cluster)
                if len(content) >= size:
                    break
        return bytes(content[:size]) if len(content) >= size else None

    def _folder(self):
        if self.bits == 16:
            return self.read(self.root_area, self.root_entries * 32)
        return b"".join(map(self._cluster, self._chain(self.root)))

    def _entries(self):
        folder = self._folder()
        parts, check = {}, None
        for at in range(0, len(folder), 32):
            entry = folder[at : at + 32]
            if entry[0] == 0:
                return
            if entry[0] == DELETED:
                parts = {}
                continue
            if entry[11] == LONG_NAME:
                if check != entry[13]:
                    parts, check = {}, entry[13]
                parts[entry[0] & 0x3F] = entry[1:11] + entry[14:26] + entry[28:32]
                continue
            if not entry[11] & (VOLUME_LABEL | FOLDER):
                high, low, size = struct.unpack("<H4xHI", entry[20:32])
                long = parts if check == _checksum(entry[:11]) else {}
                first = low | (high << 16 if self.bits == 32 else 0)
                yield _name(entry[:11], long), first, size
            parts, check = {}, None


def _checksum(short):
    total = 0
    for byte in short:
        total = (((total & 1) << 7) + (total >> 1) + byte) & 0xFF
    return total


def _name(short, parts):
    if parts and sorted(parts) == list(range(1, len(parts) + 1)):
        long = b"".join(parts[number] for number in sorted(parts)).decode("utf-16-le", errors="replace")
        return long.split("\0")[0]
    stem, ending = short[:8].decode("latin-1").rstrip(), short[8:].decode("latin-1").rstrip()
    return f"{stem}.{ending}".lower().rstrip(".")
