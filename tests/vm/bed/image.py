"""Images of USB keys, made on the host without mounting anything."""

import struct

from . import debian

MIB = 1 << 20
SECTOR = 512
# Where partitioning tools begin the first partition.
FIRST = 2048


def blank(path, mib):
    """A medium with nothing on it."""
    with path.open("wb") as file:
        file.truncate(mib * MIB)
    return path


def fat(path, mib=40, volume="CAFE0001", cluster=1, bits=32):
    """One FAT volume over the whole medium; `cluster` is in sectors."""
    blank(path, mib)
    _make_fat(path, volume, cluster, bits)
    return path


def exfat(path, mib=16):
    """One exFAT volume over the whole medium."""
    blank(path, mib)
    debian.run("usr/sbin/mkfs.exfat", "-L", "KEY", path)
    return path


def partitioned(path, *volumes, mib=40):
    """A table with a FAT volume for each of the ids, all of one size."""
    blank(path, mib)
    size = (mib * MIB // SECTOR - FIRST) // len(volumes) // FIRST * FIRST
    table = b""
    for number, volume in enumerate(volumes):
        begin = FIRST + number * size
        _make_fat(path, volume, 4, 16, begin, size)
        fat16 = 0x0E
        table += struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", fat16, b"\xfe\xff\xff", begin, size)
    with path.open("r+b") as file:
        file.seek(446)
        file.write(table.ljust(64, b"\0") + b"\x55\xaa")
    return path


def _make_fat(path, volume, cluster, bits, begin=0, size=None):
    blocks = [] if size is None else [size * SECTOR // 1024]
    debian.run(
        "sbin/mkfs.fat",
        *("-F", bits, "-s", cluster, "-i", volume, "-n", "KEY", "--offset", begin, path, *blocks),
    )
