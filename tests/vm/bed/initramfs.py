"""The root file system of the virtual machine: busybox, udev, kernel modules and `keyferry`, as a cpio archive.

Written here rather than by tools, because neither cpio nor depmod need be installed where the tests run.
"""

import gzip
import lzma
import pathlib
import re

from . import debian

# Loaded at boot, in this order, each behind what it depends on.
AT_BOOT = ["xhci_pci", "sd_mod", "usb_storage", "uas", "nls_cp437", "nls_ascii", "nls_utf8", "vfat", "exfat"]
# Loaded by the cases that make USB devices out of the guest's own files.
FOR_GADGETS = ["usb_f_mass_storage", "dummy_hcd"]
# What no module says that it depends on: the checksums that sd_mod asks the kernel's crypto for by name.
UNSAID = {"sd_mod": ["crct10dif_generic", "crc64_rocksoft_generic"]}
# The rules that make /run/udev/data tell what lies on a volume; without the others the guest starts sooner.
RULES = ["50-udev-default.rules", "60-block.rules", "60-persistent-storage.rules"]
# Those rules name groups; udev warns of each that is missing.
GROUPS = "root disk tty dialout kmem input video render audio lp cdrom tape kvm sgx".split()

HERE = pathlib.Path(__file__).parent
# What the cases call in the guest.
SCRIPTS = {"bin/gadget": "gadget.sh", "bin/disk-of": "disk-of.sh"}


class Archive:
    """A cpio archive in the form that the kernel unpacks (newc)."""

    def __init__(self):
        self.content = bytearray()
        self.names = set()

    def file(self, name, content, mode=0o100644):
        name = name.strip("/")
        for parent in reversed(pathlib.PurePath(name).parents[:-1]):
            self._entry(str(parent), b"", 0o040755)
        self._entry(name, content, mode)

    def program(self, name, path):
        self.file(name, path.read_bytes(), 0o100755)

    def link(self, name, target):
        self.file(name, target.encode(), 0o120777)

    def folder(self, name):
        self.file(name, b"", 0o040755)

    def _entry(self, name, content, mode):
        if name in self.names:
            return
        self.names.add(name)
        self._record(name, content, mode, len(self.names))

    def _record(self, name, content, mode, inode):
        path = name.encode() + b"\0"
        numbers = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0]
        self.content += b"070701" + b"".join(b"%08X" % number for number in numbers) + path
        self.content += b"\0" * (-len(self.content) % 4)
        self.content += content
        self.content += b"\0" * (-len(self.content) % 4)

    def packed(self):
        self._record("TRAILER!!!", b"", 0, 0)
        # The guest unpacks without a fast processor: what is saved by packing harder is lost there.
        return gzip.compress(bytes(self.content), 1)


class Modules:
    """The kernel's modules, in an order in which they can be loaded."""

    def __init__(self, folder):
        self.paths = {}
        for path in folder.rglob("*.ko*"):
            self.paths[path.name.split(".")[0].replace("-", "_")] = path
        built_in = (folder / "modules.builtin").read_text().split()
        self.built_in = {pathlib.PurePath(path).stem.replace("-", "_") for path in built_in}
        self.order = []
        self.content = {}

    def need(self, name):
        name = name.replace("-", "_")
        if name in self.content or name in self.built_in:
            return
        path = self.paths[name]
        content = path.read_bytes()
        if path.suffix == ".xz":
            content = lzma.decompress(content)
        self.content[name] = content
        depends = re.search(rb"(?:^|\0)depends=([^\0]*)\0", content)
        for other in depends.group(1).decode().split(",") + UNSAID.get(name, []) if depends else []:
            if other:
                self.need(other)
        self.order.append(name)


def build(path, keyferry):
    """Writes the archive; `keyferry` is a program that needs no library."""
    archive = Archive()
    archive.file("init", (HERE / "init.sh").read_bytes(), 0o100755)
    archive.program("bin/busybox", debian.ROOT / "bin/busybox")
    archive.program("bin/keyferry", keyferry)
    for name, script in SCRIPTS.items():
        archive.file(name, (HERE / script).read_bytes(), 0o100755)

    modules = Modules(debian.modules())
    for name in AT_BOOT:
        modules.need(name)
    at_boot = list(modules.order)
    for name in FOR_GADGETS:
        modules.need(name)
    for name in modules.order:
        archive.file(f"modules/{name}.ko", modules.content[name])
    for name, names in (("at-boot", at_boot), ("for-gadgets", modules.order[len(at_boot) :])):
        archive.file(f"modules/{name}", "".join(f"{each}\n" for each in names).encode())

    archive.program("bin/udevadm", debian.ROOT / "bin/udevadm")
    archive.link("lib/systemd/systemd-udevd", "/bin/udevadm")
    for name, library in debian.libraries("bin/udevadm"):
        archive.program(name, library)
    for rule in RULES:
        archive.file(f"lib/udev/rules.d/{rule}", (debian.ROOT / "lib/udev/rules.d" / rule).read_bytes())
    archive.file("etc/passwd", b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    archive.file("etc/group", "".join(f"{name}:x:{number}:\n" for number, name in enumerate(GROUPS)).encode())
    for folder in ("proc", "sys", "dev", "run", "tmp", "mnt"):
        archive.folder(folder)
    path.write_bytes(archive.packed())
