"""What the cases share: one virtual machine, one vendor, and how a person deals with keys there."""

import functools
import json
import os
import pathlib
import shlex
import shutil
import tempfile
import unittest

from . import image, initramfs, qemu
from .vendor import PRODUCT, Reader, Vendor

# The vendor and product id of every key that QEMU makes.
MODEL = "46f4:0001"
# What the exit code of `keyferry check` and the reason of the standing are where the program may run.
RUNS = (0, None)


class Stage:
    """Made once: the vendor's keys are made while the machine starts."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keyferry-vm-"))
        self.keyferry = pathlib.Path(os.environ["KEYFERRY_GUEST"])
        self.initramfs = self.folder / "initramfs"
        initramfs.build(self.initramfs, self.keyferry)
        self.machines = []
        machine = self.machine()
        self.vendor = Vendor(self.folder)
        self.reader = Reader(self.keyferry, self.vendor)
        self.boot = machine.ready()

    def machine(self):
        """Starts another machine."""
        self.machines.append(qemu.Machine(self.initramfs))
        return self.machines[-1]

    def close(self):
        for machine in self.machines:
            machine.close()
        shutil.rmtree(self.folder)


@functools.cache
def stage():
    return Stage()


def close():
    if stage.cache_info().currsize:
        stage().close()


class Case(unittest.TestCase):
    """Begins with nothing plugged in, on a computer that trusts the vendor and has seen no license."""

    homes = 0

    def setUp(self):
        self.stage = stage()
        self.vendor = self.stage.vendor
        self.machine = self.stage.machines[0]
        self.home = self.new_home()
        self.plugged = {}
        self.told = []
        self.addCleanup(self._tidy)
        self.begin()

    def begin(self):
        """What a group of cases does before each."""

    def new_home(self, machine=None):
        """A store of its own on a machine, where the vendor is trusted."""
        Case.homes += 1
        home = f"/run/home-{Case.homes}"
        machine = machine or self.machine
        machine.write("/run/vendor.kfv", self.vendor.profile)
        code, said = machine.keyferry("vendor", "add", "/run/vendor.kfv", "--trust", home=home)
        self.assertEqual(0, code, said)
        return home

    def measured(self, text):
        """A figure for the table."""
        self.told.append(text)

    def _tidy(self):
        for machine in self.stage.machines:
            machine.do("killall keyferry 2>/dev/null; umount /mnt/* 2>/dev/null; rm -rf /mnt/*")
        for name in list(self.plugged):
            self.pull(name)
        self.machine.until("all keys are gone", lambda: not self.keys())

    # Keys in a hand

    def image(self, name):
        return self.stage.folder / f"{name}.img"

    def plug(self, name, path=None, machine=None, **says):
        """Plugs in a key, with a FAT volume unless an image is given. It says `name` as its serial number unless told."""
        machine = machine or self.machine
        path = path or image.fat(self.image(name))
        machine.plug(name, path, **{"serial": name, **says})
        self.plugged[name] = machine

    def pull(self, name):
        self.plugged.pop(name).pull(name)

    # Keys on the screen

    def keyferry(self, *arguments, machine=None, home=None):
        return (machine or self.machine).keyferry(*arguments, home=home or self.home)

    def does(self, *arguments, **where):
        """Runs what has to succeed; what it said."""
        code, said = self.keyferry(*arguments, **where)
        self.assertEqual((0, True), (code, said["ok"]), said)
        return said

    def refused(self, *arguments, **where):
        """Runs what must not succeed: its exit code, and the code of its problem."""
        code, said = self.keyferry(*arguments, **where)
        self.assertFalse(said["ok"], said)
        return code, said["error"]["code"]

    def keys(self, machine=None):
        return self.does("usb", "list", machine=machine)["usb_keys"]

    def key(self, serial, volumes=1, machine=None):
        """The key with this serial number, once its volumes are there and udev has looked at them."""
        (machine or self.machine).do(f"disk-of {shlex.quote(serial)}")

        def found():
            for key in self.keys(machine):
                known = [volume for volume in key["volumes"] if volume["file_system"] and volume["uuid"]]
                if key["serial"] == serial and len(known) >= volumes:
                    return key
            return None

        return (machine or self.machine).until(f"key {serial} with {volumes} volumes is listed", found)

    def mount(self, device, name=None, options="", machine=None):
        """Mounts a volume; where its root is."""
        name = name or pathlib.PurePath(device).name
        place = f"/mnt/{name}"
        file_systems = "exfat" if "exfat" in options else "vfat"
        options = ",".join(["noatime", *filter(None, options.replace("exfat", "").split(","))])
        where = " ".join(map(shlex.quote, [device, place]))
        (machine or self.machine).do(f"mkdir -p {place} && mount -t {file_systems} -o {options} {where}")
        return place

    def mounted(self, serial, options="", machine=None, name=None):
        """The key and the root of its only volume, mounted."""
        key = self.key(serial, machine=machine)
        return key, self.mount(key["volumes"][0]["device"], name, options, machine)

    def put(self, license, place, machine=None, home=None, *options):
        """Puts a license file on the key that is mounted there."""
        (machine or self.machine).write("/run/new.lic", license.content)
        return self.does("usb", "put", "/run/new.lic", place, *options, machine=machine, home=home)

    def standing(self, *options, machine=None, home=None):
        """Exit code and reason of the product by its license files: (0, None) where it runs."""
        code, said = self.keyferry("check", PRODUCT, *options, machine=machine, home=home)
        return code, said["standing"]["reason"] if said["ok"] else said["error"]["code"]

    def assert_runs(self, **where):
        self.assertEqual(RUNS, self.standing(**where))


class Watcher:
    """`keyferry usb watch` in the guest: its lines, each with the time at which it was written."""

    def __init__(self, case):
        self.machine = case.machine
        words = ["keyferry", "--home", case.home, "--json", "--no-input", "usb", "watch"]
        # The shell reads the uptime itself: another program for that would be part of what is measured.
        stamp = 'while read -r line; do read -r up rest </proc/uptime; printf "%s %s\\n" "$up" "$line"; done'
        self.machine.start(f"{shlex.join(words)} 2>/run/watch.err | {stamp} >/run/watch")
        self.taken = 0
        # What is plugged in before it listens is told as there already.
        self.machine.until("the watcher listens", self._listens)

    def _listens(self):
        """Whether it has a socket by which the kernel tells of devices (NETLINK_KOBJECT_UEVENT)."""
        own = self.machine.run("pidof keyferry")[1].split()
        sockets = [line.split() for line in self.machine.do("cat /proc/net/netlink").splitlines()]
        return any(socket[1] == "15" and socket[2] in own for socket in sockets)

    def lines(self):
        told = []
        for line in self.machine.do("cat /run/watch").splitlines():
            at, _, said = line.partition(" ")
            told.append((float(at), json.loads(said)))
        return told

    def until(self, event, serial=None, which=lambda key: True, seconds=30):
        """Waits for an event behind those that were waited for: its time, and the key."""

        def found():
            for number, (at, said) in enumerate(self.lines()[self.taken :], self.taken + 1):
                key = said["usb_key"]
                if said["event"] == event and serial in (None, key["serial"]) and which(key):
                    self.taken = number
                    return at, key
            return None

        try:
            return self.machine.until(f"{event} {serial} is told", found, seconds)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\ntold so far: {self.lines()}") from None


def kernel_said(machine, text):
    """When the kernel last said so, in seconds since the start."""
    lines = [line for line in machine.do("dmesg").splitlines() if text in line]
    return float(lines[-1].split("]")[0].strip("[ "))
