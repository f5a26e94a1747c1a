"""What tests/vm/prepare fetched: Debian's programs, run with the C library that came with them, and its kernel."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(os.environ["KEYFERRY_VM_BED"])

# The packages are fetched for an empty machine: nothing of this one's libraries may come between.
_LIBRARIES = [ROOT / "lib/x86_64-linux-gnu", ROOT / "usr/lib/x86_64-linux-gnu"]
_LOADER = [ROOT / "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "--library-path", ":".join(map(str, _LIBRARIES))]


def command(program, *arguments):
    """The command line that runs one of the fetched programs, named by its path below the root."""
    return [str(part) for part in [*_LOADER, ROOT / program, *arguments]]


def run(program, *arguments):
    """Runs it, and says what it said where it fails."""
    ran = subprocess.run(command(program, *arguments), capture_output=True, text=True)
    if ran.returncode != 0:
        raise RuntimeError(f"{program} {arguments}: {ran.stdout}{ran.stderr}")


def libraries(program):
    """The libraries that a program needs: where each is looked for, and the file that was fetched."""
    listed = subprocess.run(
        [*map(str, _LOADER), "--list", str(ROOT / program)], capture_output=True, text=True, check=True
    ).stdout
    found = re.findall(r"(\S+) => (/\S+) \(0x", listed)
    return [
        # The loader is named by its full path in every program, the others by their names alone.
        (name if name.startswith("/") else f"/lib/x86_64-linux-gnu/{name}", pathlib.Path(path).resolve())
        for name, path in found
    ]


def kernel():
    """The kernel that QEMU starts."""
    return next((ROOT / "boot").glob("vmlinuz-*"))


def modules():
    """The folder of the kernel's modules."""
    return next((ROOT / "lib/modules").iterdir())
