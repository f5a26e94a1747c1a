"""What is on keys: tables or none, several volumes, other file systems, and what cannot be written to."""

from bed import image
from bed.stage import Case
from bed.vendor import SLOTS


class Volumes(Case):
    def license_for(self, key):
        return self.vendor.license(key["id"])

    def files(self, place):
        return [f"{place}/{slot}" for slot in SLOTS]

    def test_a_license_is_put_on_a_key_without_a_partition_table(self):
        self.plug("BARE-0001")
        key, place = self.mounted("BARE-0001")
        self.assertRegex(key["volumes"][0]["device"], r"^/dev/sd[a-z]$")
        self.assertEqual(self.files(place), self.put(self.license_for(key), place)["files"])
        self.assert_runs()

    def test_a_license_is_put_on_a_partition(self):
        self.plug("PART-0001", image.partitioned(self.image("PART-0001"), "CAFE0010"))
        key, place = self.mounted("PART-0001")
        self.assertRegex(key["volumes"][0]["device"], r"^/dev/sd[a-z]1$")
        self.assertEqual("CAFE-0010", key["volumes"][0]["uuid"])
        self.put(self.license_for(key), place)
        self.assert_runs()

    def test_of_several_volumes_the_one_that_is_named_takes_the_license(self):
        path = image.partitioned(self.image("MORE-0001"), "CAFE0011", "CAFE0012", "CAFE0013")
        self.plug("MORE-0001", path)
        volumes = self.key("MORE-0001", volumes=3)["volumes"]
        self.assertEqual(["CAFE-0011", "CAFE-0012", "CAFE-0013"], [volume["uuid"] for volume in volumes])
        places = [self.mount(volume["device"]) for volume in volumes[:2]]
        key = self.key("MORE-0001", volumes=3)
        self.assertEqual([[places[0]], [places[1]], []], [volume["mount_points"] for volume in key["volumes"]])
        license = self.license_for(key)
        self.assertEqual(self.files(places[1]), self.put(license, places[1])["files"])
        self.assert_runs()
        # Named by its id, the key takes it on the first volume that is mounted.
        self.assertEqual(self.files(places[0]), self.put(self.vendor.again(license), key["id"])["files"])

    def test_exfat_takes_a_license_as_well(self):
        if self.machine.run("grep -q exfat /proc/filesystems")[0] != 0:
            self.skipTest("this kernel has no exfat")
        self.plug("EXFA-0001", image.exfat(self.image("EXFA-0001")))
        key, place = self.mounted("EXFA-0001", "exfat")
        self.assertEqual("exfat", key["volumes"][0]["file_system"])
        self.put(self.license_for(key), place)
        self.assert_runs()

    def test_a_key_that_cannot_be_written_to_runs_what_is_on_it_and_takes_nothing(self):
        self.plug("LOCK-0001")
        key, place = self.mounted("LOCK-0001")
        license = self.license_for(key)
        self.put(license, place)
        self.machine.do(f"umount {place}")
        self.pull("LOCK-0001")
        self.plug("LOCK-0001", self.image("LOCK-0001"), read_only=True)
        key, place = self.mounted("LOCK-0001", "ro")
        self.assertTrue(self.key("LOCK-0001")["volumes"][0]["read_only"])
        self.assert_runs()
        self.machine.write("/run/new.lic", self.vendor.again(license).content)
        self.assertEqual((8, "usb_volume_read_only"), self.refused("usb", "put", "/run/new.lic", place))

    def test_a_key_that_is_not_mounted_is_listed_and_takes_nothing(self):
        self.plug("IDLE-0001")
        key = self.key("IDLE-0001")
        self.assertEqual([], key["mount_points"])
        self.machine.write("/run/new.lic", self.license_for(key).content)
        self.assertEqual("usb_volume_missing", self.refused("usb", "put", "/run/new.lic", key["id"])[1])

    def test_a_key_with_nothing_on_it_is_listed(self):
        self.plug("VOID-0001", image.blank(self.image("VOID-0001"), 8))

        def found():
            return [key for key in self.keys() if key["serial"] == "VOID-0001" and key["capacity"] == 8 * image.MIB]

        [key] = self.machine.until("it is listed", found)
        self.assertEqual(("strong", []), (key["rating"], key["mount_points"]))

    def test_what_does_not_fit_leaves_the_license_that_is_there(self):
        self.plug("FULL-0001", image.fat(self.image("FULL-0001"), mib=8, bits=16))
        key, place = self.mounted("FULL-0001")
        license = self.license_for(key)
        self.put(license, place)
        self.machine.run(f"dd if=/dev/zero of={place}/filler bs=4k 2>/dev/null; sync {place}/filler")
        more = self.vendor.again(license, "reissue", "--features", "base")
        self.machine.write("/run/new.lic", more.content)
        # A slot is written over, so that a license of about its size finds its place on a full key.
        code, said = self.keyferry("usb", "put", "/run/new.lic", place)
        if not said["ok"]:
            self.assertEqual("disk_full", said["error"]["code"])
        self.assert_runs()
