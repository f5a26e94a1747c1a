"""Keys that come and go while `keyferry usb watch` runs."""

import json
import statistics

from bed import image
from bed.stage import MODEL, Case, Watcher, kernel_said

# How often the time until a pulled key is told is measured.
PULLS = 5
# What the watcher has for telling it where a processor is emulated; on real hardware it is given 0.2 s.
AT_ONCE = 1.0
# Without udev nothing tells that a key came or went: the bus is looked at from time to time.
AT_LENGTH = 10


class Plugging(Case):
    def test_a_key_is_told_when_it_is_plugged_in_and_when_it_is_pulled(self):
        watcher = Watcher(self)
        path = image.fat(self.image("PLUG-0001"))
        plugged, pulled = [], []
        for _ in range(PULLS):
            self.plug("PLUG-0001", path)
            at, _ = watcher.until("plugged", "PLUG-0001")
            plugged.append(at - kernel_said(self.machine, "SerialNumber: PLUG-0001"))
            key = self.key("PLUG-0001")
            self.pull("PLUG-0001")
            at, _ = watcher.until("pulled", "PLUG-0001")
            pulled.append(at - kernel_said(self.machine, "USB disconnect"))
        self.assertEqual(f"{MODEL}:PLUG-0001:{path.stat().st_size}", key["id"])
        self.measured(f"kernel to line: plugged {_ms(plugged)}, pulled {_ms(pulled)}")
        self.assertLess(statistics.median(pulled), AT_ONCE)

    def test_a_key_that_is_there_already_is_told_first(self):
        self.plug("HERE-0001")
        self.key("HERE-0001")
        _, key = Watcher(self).until("present", "HERE-0001")
        self.assertEqual("strong", key["rating"])

    def test_volumes_are_told_when_they_appear_and_when_they_are_mounted(self):
        watcher = Watcher(self)
        self.plug("VOLS-0001")
        watcher.until("plugged", "VOLS-0001")
        key, place = self.mounted("VOLS-0001")
        watcher.until("changed", which=lambda key: key["mount_points"] == [place])
        self.machine.do(f"umount {place}")
        watcher.until("changed", which=lambda key: key["volumes"] and not key["mount_points"])

    def test_keys_that_come_and_go_at_once_are_each_told(self):
        watcher = Watcher(self)
        serials = [f"MANY-000{number}" for number in range(5)]
        for serial in serials:
            self.plug(serial, image.fat(self.image(serial), mib=8, bits=16))
        told = {watcher.until("plugged")[1]["serial"] for _ in serials}
        self.assertEqual(set(serials), told)
        for serial in serials:
            self.key(serial)
        for serial in serials[:2]:
            self.pull(serial)
        told = {watcher.until("pulled")[1]["serial"] for _ in range(2)}
        self.assertEqual(set(serials[:2]), told, watcher.lines())

    def test_a_key_behind_a_hub_is_itself_and_goes_with_the_hub(self):
        watcher = Watcher(self)
        self.machine.attach("hub", driver="usb-hub", port="7")
        self.plug("HUBS-0001", port="7.2")
        key = self.key("HUBS-0001")
        self.assertEqual([MODEL], [f"{each['vendor_id']}:{each['product_id']}" for each in self.keys()])
        self.assertEqual("CAFE-0001", key["volumes"][0]["uuid"])
        watcher.until("plugged", "HUBS-0001")
        # QEMU takes what is plugged into the hub along, and says so.
        self.machine.pull("hub", medium=False)
        self.machine.ask("blockdev-del", **{"node-name": "HUBS-0001"})
        del self.plugged["HUBS-0001"]
        watcher.until("pulled", "HUBS-0001")
        self.assertEqual([], self.keys())

    def test_without_udev_keys_are_found_all_the_same(self):
        self.machine.do("killall udevd 2>/dev/null || killall systemd-udevd")
        self.addCleanup(self.machine.do, "/lib/systemd/systemd-udevd --daemon")
        watcher = Watcher(self)
        self.plug("SLOW-0001")
        watcher.until("plugged", "SLOW-0001", seconds=AT_LENGTH)
        self.pull("SLOW-0001")
        at, _ = watcher.until("pulled", "SLOW-0001", seconds=AT_LENGTH)
        self.measured(f"pulled told after {at - kernel_said(self.machine, 'USB disconnect'):.1f} s")

    def test_an_ordinary_user_sees_the_same(self):
        self.plug("USER-0001")
        key, _ = self.mounted("USER-0001")
        as_root = self.keys()
        self.machine.do("mkdir -p /tmp/nobody && chown nobody /tmp/nobody")
        self.assertEqual(as_root, self._keys_of_nobody())

    def _keys_of_nobody(self):
        said = self.machine.do("su -s /bin/sh nobody -c 'keyferry --home /tmp/nobody --json --no-input usb list'")
        return json.loads(said)["usb_keys"]


def _ms(seconds):
    ordered = [round(1000 * each) for each in sorted(seconds)]
    return f"{statistics.median(ordered):.0f} ms (at most {ordered[-1]})"
