"""A key that is pulled out while a license is put on it, over and over."""

import json
import random
import shlex
import time

from bed import fat, image
from bed.stage import Case

YANKS = 100
OPTIONS = ("async", "flush")
# Two keys in turn: while one is written to, the system gets to know the other.
SERIALS = ("YANK-0001", "YANK-0002")
# Nothing was written for so long: then it is over, or was when the key was pulled.
STILL = 0.3


class Yanks(Case):
    def test_a_key_pulled_out_while_it_is_written_to_keeps_a_license(self):
        paths = {serial: image.fat(self.image(serial)) for serial in SERIALS}
        first, whole = {}, 0
        for serial, path in paths.items():
            self.plug(serial, path)
            key, place = self.mounted(serial)
            license = self.vendor.license(key["id"])
            self.put(license, place)
            before = self.writes(serial)
            first[serial] = self.vendor.again(license)
            self.put(first[serial], place)
            # An update: the first time there is more to write.
            whole = self.writes(serial) - before
            self.machine.do(f"umount {place}")
            self.pull(serial)
        # Nothing here asks udev, and without it a key is there sooner.
        self.machine.do("mkdir -p /mnt/yank; killall systemd-udevd || killall udevd; rm -f /run/udev/control")
        self.addCleanup(self.machine.do, "/lib/systemd/systemd-udevd --daemon")

        chance = random.Random(4)
        there = {serial: license.seq for serial, license in first.items()}
        cut, left = {"before": 0, "during": 0, "after": 0}, {"old": 0, "new": 0}
        self.plug(SERIALS[0], paths[SERIALS[0]])
        for number in range(YANKS):
            serial, other = SERIALS[number % 2], SERIALS[1 - number % 2]
            new = self.vendor.again(first[serial])
            self.begin_put(serial, new, OPTIONS[number // 2 % 2])
            begun = self.writes(serial)
            self.plug(other, paths[other])
            # Every write about as often, from before the first.
            when = whole * number // YANKS + chance.randrange(2)
            written, code = self.yank(serial, begun, when)
            cut["after" if code == 0 else "during" if written else "before"] += 1
            with paths[serial].open("rb") as file:
                files = fat.Volume(lambda at, length: (file.seek(at), file.read(length))[1]).files()
            newest = self.stage.reader.newest(files)
            self.assertIn(newest, (there[serial], new.seq), f"pulled at write {when}: {files}")
            if code == 0:
                self.assertEqual(new.seq, newest, "what was said to be there is there")
            left["new" if newest == new.seq else "old"] += 1
            there[serial] = newest
        self.measured(f"{YANKS} yanks: {_counted(cut)} the writes; the {_counted(left)} license there then")
        self.assertGreater(cut["during"], YANKS // 2, cut)
        # What is left is a key like any other.
        for serial, path in paths.items():
            if serial not in self.plugged:
                self.plug(serial, path)
            self.mount_it(serial, OPTIONS[0])
            self.assert_runs(home=self.new_home())
            self.put(self.vendor.again(first[serial]), "/mnt/yank")
            self.machine.do("umount /mnt/yank")
            self.pull(serial)

    def begin_put(self, serial, license, options):
        """Mounts the key, as a desktop does once it is plugged in, and begins to put the license on it."""
        self.mount_it(serial, options)
        self.machine.do("rm -f /run/code")
        self.machine.write("/run/new.lic", license.content)
        words = ["keyferry", "--home", self.home, "--json", "usb", "put", "/run/new.lic", "/mnt/yank"]
        ended = "echo $? >/run/ended; mv /run/ended /run/code"
        self.machine.start(f"{shlex.join(words)} >/run/put 2>/run/put.err; {ended}")

    def mount_it(self, serial, options):
        self.machine.do(f"mount -t vfat -o noatime,{options} /dev/$(disk-of {serial}) /mnt/yank")

    def yank(self, serial, begun, when):
        """Pulls the key out behind that many writes: how many there were, and the exit code of what wrote."""
        written, changed = 0, time.monotonic()
        while written < when:
            now = self.writes(serial) - begun
            if now != written:
                written, changed = now, time.monotonic()
            elif time.monotonic() - changed > STILL and self.ended():
                break
        self.pull(serial)
        self.machine.until("it notices", self.ended)
        code = int(self.machine.do("cat /run/code"))
        said = json.loads(self.machine.do("cat /run/put"))
        self.assertEqual(code == 0, said["ok"], said)
        self.machine.do("umount /mnt/yank")
        return written, code

    def ended(self):
        return self.machine.run("[ -e /run/code ]")[0] == 0

    def writes(self, serial):
        """How often something was written to that key since it was plugged in."""
        devices = self.machine.ask("query-blockstats")
        return sum(each["stats"]["wr_operations"] for each in devices if each.get("node-name") == serial)


def _counted(counts):
    return ", ".join(f"{count} {what}" for what, count in counts.items())
