"""A license that is bound to a key: where it runs, and where it does not."""

from bed import image
from bed.stage import Case, Watcher, kernel_said
from bed.vendor import PRODUCT, SLOTS

WRONG_KEY = (5, "wrong_usb_key")
MISSING = (10, "usb_key_missing")


class Bound(Case):
    def licensed_key(self, serial, *options):
        """A key with a license of its own, mounted: the license and the place."""
        self.plug(serial)
        key, place = self.mounted(serial)
        license = self.vendor.license(key["id"], *options)
        put = self.put(license, place)
        self.assertEqual(("put", "licensed"), (put["outcome"], put["standing"]["state"]), put)
        return license, place

    def test_a_license_runs_on_its_key(self):
        license, place = self.licensed_key("OWNS-0001")
        self.assert_runs()
        said = self.does("check", PRODUCT)["license"]
        self.assertEqual((license.id, license.seq), (said["license_id"], said["seq"]))
        self.assertIn(said["file"], [f"{place}/{slot}" for slot in SLOTS])
        self.assertEqual("licensed", self.does("status", PRODUCT)["standing"]["state"])
        self.assertEqual("unchanged", self.put(license, place)["outcome"])
        # One file, whichever slot it is read from.
        self.assertEqual([license.seq], [each["seq"] for each in self.does("usb", "check", place)["licenses"]])

    def test_a_license_copied_to_another_key_does_not_run(self):
        _, place = self.licensed_key("COPY-0001")
        self.plug("COPY-0002", image.fat(self.image("COPY-0002"), volume="CAFE0002"))
        _, other = self.mounted("COPY-0002")
        self.machine.do(f"cp {place}/*.lic {other}/")
        self.assertEqual(WRONG_KEY, self.standing("--license", f"{other}/{SLOTS[0]}"))
        self.assert_runs()
        self.machine.do(f"umount {place}")
        self.pull("COPY-0001")
        self.assertEqual(5, self.keyferry("usb", "check", other)[0])
        self.assertEqual(WRONG_KEY, self.standing())

    def test_a_license_copied_to_the_computer_does_not_run(self):
        _, place = self.licensed_key("DISK-0001")
        self.machine.do(f"cp {place}/{SLOTS[0]} /tmp/copy.lic")
        code, reason = self.standing("--license", "/tmp/copy.lic")
        self.assertNotEqual(0, code)
        self.assertEqual("license_belongs_on_key", reason)
        self.machine.do(f"umount {place}")
        self.pull("DISK-0001")
        self.assertEqual(MISSING, self.standing("--license", "/tmp/copy.lic"))

    def test_a_key_cloned_by_its_image_does_not_run(self):
        _, place = self.licensed_key("ORIG-0001")
        uuid = self.key("ORIG-0001")["volumes"][0]["uuid"]
        self.machine.do(f"umount {place}")
        self.pull("ORIG-0001")
        self.image("CLON-0001").write_bytes(self.image("ORIG-0001").read_bytes())
        self.plug("CLON-0001", self.image("CLON-0001"))
        key, _ = self.mounted("CLON-0001")
        self.assertEqual(uuid, key["volumes"][0]["uuid"])
        self.assertEqual(WRONG_KEY, self.standing())
        self.assertEqual(WRONG_KEY, self.standing(home=self.new_home()))

    def test_a_key_that_was_pulled_is_missing_although_its_file_still_reads(self):
        watcher = Watcher(self)
        _, place = self.licensed_key("PULL-0001")
        self.assert_runs()
        # A program that has the file open goes on reading it from memory.
        self.machine.do(f"exec 7<{place}/{SLOTS[0]}")
        self.pull("PULL-0001")
        at, _ = watcher.until("pulled", "PULL-0001")
        self.assertEqual(MISSING, self.standing())
        self.assertEqual(MISSING, self._status())
        # The mount stays, and so does what it says of itself.
        self.assertIn(place, self.machine.do("cat /proc/self/mountinfo"))
        self.assertNotEqual(0, self.keyferry("check", PRODUCT, "--license", f"{place}/{SLOTS[0]}")[0])
        self.measured(f"told {1000 * (at - kernel_said(self.machine, 'USB disconnect')):.0f} ms after the kernel")
        self.machine.do("exec 7<&-")

    def test_a_key_that_is_put_back_runs_again_beside_its_stale_mount(self):
        license, stale = self.licensed_key("BACK-0001")
        first = self.key("BACK-0001")["volumes"][0]["device"]
        self.machine.do(f"exec 7<{stale}/{SLOTS[0]}")
        self.pull("BACK-0001")
        self.machine.until("it is missing", lambda: self.standing() == MISSING)
        self.plug("BACK-0001", self.image("BACK-0001"))
        key, place = self.mounted("BACK-0001", name="again")
        self.assertNotEqual(first, key["volumes"][0]["device"])
        self.assertIn(stale, self.machine.do("cat /proc/self/mountinfo"))
        self.assertEqual([place], self.key("BACK-0001")["mount_points"])
        self.assert_runs()
        self.assertEqual("put", self.put(self.vendor.again(license), place)["outcome"])
        self.machine.do("exec 7<&-")

    def test_two_keys_with_licenses_of_one_program_each_let_it_run(self):
        _, one = self.licensed_key("EACH-0001")
        self.licensed_key("EACH-0002")
        keys = self.keys()
        self.assertEqual([1, 1], [len(key["licenses"]) for key in keys])
        self.machine.do(f"umount {one}")
        self.pull("EACH-0001")
        self.assert_runs()

    def test_a_license_for_another_key_is_not_put(self):
        self.licensed_key("MINE-0001")
        self.plug("YOUR-0001")
        key, place = self.mounted("YOUR-0001")
        other = self.vendor.license(key["id"].replace("YOUR-0001", "HERS-0001"))
        self.machine.write("/run/new.lic", other.content)
        self.assertEqual((5, "license_for_other_key"), self.refused("usb", "put", "/run/new.lic", place))
        self.assertEqual("", self.machine.do(f"ls {place}"))

    def test_a_suspended_license_stops_and_the_older_file_does_not_come_back(self):
        license, place = self.licensed_key("STOP-0001")
        self.machine.do(f"cp {place}/*.lic /tmp/")
        put = self.put(self.vendor.again(license, "suspend"), place)
        self.assertEqual("stopped", put["standing"]["state"])
        self.assertEqual((11, "suspended"), self.standing())
        self.machine.do(f"cp /tmp/{SLOTS[0]} /tmp/{SLOTS[1]} {place}/")
        self.assertEqual((6, "license_superseded"), self.standing())
        self.put(self.vendor.again(license, "reinstate"), place)
        self.assert_runs()

    def test_one_whole_slot_is_enough(self):
        _, place = self.licensed_key("HALF-0001")
        for damaged, other in (SLOTS, reversed(SLOTS)):
            self.machine.do(f"cp {place}/{other} /tmp/whole && dd if=/dev/zero of={place}/{damaged} bs=100 count=3 2>/dev/null")
            self.assert_runs()
            self.machine.do(f"cp /tmp/whole {place}/{damaged}")
        self.machine.do(f"rm {place}/{SLOTS[0]}")
        self.assert_runs()

    def test_a_public_key_on_the_key_proves_nothing(self):
        _, place = self.licensed_key("TRUS-0001")
        self.machine.write("/tmp/vendor.pem", self.vendor.public_key.read_bytes())
        self.machine.do(f"cp /tmp/vendor.pem {place}/")
        said = self.does("check", PRODUCT, "--license", f"{place}/{SLOTS[0]}", "--public-key", "/tmp/vendor.pem")
        self.assertIsNone(said["standing"])
        refused = self.refused("check", PRODUCT, "--license", f"{place}/{SLOTS[0]}", "--public-key", f"{place}/vendor.pem")
        self.assertEqual("trust_anchor_on_removable_media", refused[1])

    def test_a_portable_license_runs_on_one_machine_after_another(self):
        second = self.stage.machine()
        try:
            license, place = self.licensed_key("GOES-0001")
            self.machine.do(f"umount {place}")
            self.pull("GOES-0001")
            self.assertEqual(MISSING, self.standing())
            second.ready()
            there = {"machine": second, "home": self.new_home(second)}
            self.assertEqual(3, self.keyferry("check", PRODUCT, **there)[0])
            self.plug("GOES-0001", self.image("GOES-0001"), machine=second)
            self.mounted("GOES-0001", machine=second)
            self.assert_runs(**there)
            second.do("umount /mnt/*")
            self.pull("GOES-0001")
            self.plug("GOES-0001", self.image("GOES-0001"))
            self.mounted("GOES-0001")
            self.assert_runs()
        finally:
            self.stage.machines.remove(second)
            second.close()

    def _status(self):
        code, said = self.keyferry("status", PRODUCT)
        return code, said["standing"]["reason"]

    def test_a_license_for_any_computer_needs_no_key(self):
        self.machine.write("/run/any.lic", self.vendor.license().content)
        self.does("apply", "/run/any.lic")
        self.assert_runs()
        self.plug("FREE-0001")
        _, place = self.mounted("FREE-0001")
        self.assertEqual("license_not_for_key", self.refused("usb", "put", "/run/any.lic", place)[1])
