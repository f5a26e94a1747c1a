"""The vendor: `keyferry-authority` on the host, and the license files that it makes."""

import dataclasses
import functools
import json
import subprocess

PRODUCT = "com.acme.cad"
# What `usb put` names the two slots.
SLOTS = (f"{PRODUCT}.lic", f"{PRODUCT}.b.lic")


@dataclasses.dataclass(frozen=True)
class License:
    """A license file that was made."""

    id: str
    seq: int
    content: bytes


class Vendor:
    """A vendor with one product; its public key and profile lie in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "acme"
        self.made = 0
        self._authority("init", "--vendor", "Acme Tools")
        self._authority("product", "add", PRODUCT, "--name", "Acme CAD", "--features", "base,render", "--offline")

    @property
    def profile(self):
        return (self.data / "vendor.kfv").read_bytes()

    @property
    def public_key(self):
        return self.data / "public.pem"

    def license(self, usb=None, *options):
        """A license for the USB key with this id, or for any computer."""
        binding = ["--usb", usb] if usb else ["--unbound"]
        return self._made("license", "--product", PRODUCT, *binding, *options)

    def again(self, license, how="reissue", *options):
        """The next file of a license, with a higher number."""
        return self._made("license", how, license.id, *options)

    def _made(self, *arguments):
        self.made += 1
        path = self.folder / f"{self.made}.lic"
        said = self._authority(*arguments, "--out", path)["license"]
        return License(said["license_id"], said["seq"], path.read_bytes())

    def _authority(self, *arguments):
        words = ["keyferry-authority", "--data", self.data, "--json", "--no-input", *arguments]
        ran = subprocess.run(list(map(str, words)), capture_output=True, text=True)
        if ran.returncode != 0:
            raise RuntimeError(f"{arguments}: {ran.stdout}{ran.stderr}")
        return json.loads(ran.stdout)


class Reader:
    """Says of bytes that were found on a key whether they are a license file, with the real program and each once."""

    def __init__(self, keyferry, vendor):
        self.command = [keyferry, "--home", vendor.folder / "reader", "--json", "--no-input", "check", PRODUCT]
        self.public_key = vendor.public_key
        self.path = vendor.folder / "found.lic"
        self.number = functools.cache(self._number)

    def _number(self, content):
        """Its `seq`, or None where it is not whole or not the vendor's."""
        self.path.write_bytes(content)
        words = [*self.command, "--license", self.path, "--public-key", self.public_key]
        ran = subprocess.run(list(map(str, words)), capture_output=True, text=True)
        said = json.loads(ran.stdout)
        return said["license"]["seq"] if ran.returncode == 0 and said["ok"] else None

    def newest(self, files):
        """The highest `seq` among the slots, of files by name; None without any license."""
        numbers = [self.number(files[slot]) for slot in SLOTS if files.get(slot)]
        return max(filter(None, numbers), default=None)

