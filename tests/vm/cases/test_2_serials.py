"""What keys say of themselves, and how good an anchor that makes them."""

from bed import image
from bed.stage import MODEL, Case


class Serials(Case):
    def test_two_keys_with_one_serial_number_are_both_weak_until_one_is_pulled(self):
        self.plug("one", serial="SAME-0001")
        self.assertEqual(("strong", "own_serial"), self._rating("SAME-0001"))
        self.plug("two", image.fat(self.image("two"), mib=48), serial="SAME-0001")
        self.machine.until("both are listed", lambda: len([key for key in self.keys() if key["volumes"]]) == 2)
        keys = self.keys()
        self.assertEqual({("weak", "shared_serial")}, {(key["rating"], key["rating_reason"]) for key in keys})
        self.assertEqual(2, len({key["id"] for key in keys}), keys)
        self.assertEqual(2, len({key["volumes"][0]["device"] for key in keys}), keys)
        place = self.mount(keys[0]["volumes"][0]["device"])
        self.assertEqual((1, "usb_key_weak"), self.refused("usb", "id", place))
        self.assertEqual(keys[0]["id"], self.does("usb", "id", place, "--allow-weak")["id"])
        self.pull("two")
        self.machine.until("one is listed", lambda: len(self.keys()) == 1)
        self.assertEqual(("strong", "own_serial"), self._rating("SAME-0001"))

    def test_a_serial_number_that_the_system_made_up_is_weak(self):
        # QEMU makes one after the port where none is given, as Windows does.
        self.plug("none", serial="1-0000:00:01.0-5")
        self.assertEqual(("weak", "made_up_serial"), self._rating("1-0000:00:01.0-5"))

    def _rating(self, serial):
        key = self.key(serial)
        self.assertTrue(key["message"], key)
        return key["rating"], key["rating_reason"]


class Gadgets(Case):
    """Serial numbers that QEMU cannot make: the guest itself plays the key, on a port of its own."""

    MAKER, NAME = "SanDisk", "Cruzer Blade"
    controllers = 0

    def begin(self):
        self.machine.run(
            "if ! [ -e /sys/kernel/config/usb_gadget ]; then"
            " while read -r each; do insmod /modules/$each.ko; done </modules/for-gadgets;"
            " mount -t configfs configfs /sys/kernel/config; fi"
        )
        self.playing = []
        self.addCleanup(lambda: [self.machine.do(f"gadget {name}") for name in self.playing])

    def play(self, serial, model=("0x0781", "0x5567"), medium=None):
        """Plugs in a gadget and waits for it; `serial` None is none at all."""
        Gadgets.controllers += 1
        name = f"gadget{Gadgets.controllers}"
        port = f"dummy_udc.{len(self.playing)}"
        if medium is None:
            medium = f"/tmp/{name}"
            self.machine.do(f"dd if=/dev/zero of={medium} bs=1M count=1 2>/dev/null")
        said = "-" if serial is None else serial
        self.machine.do(f"gadget {name} {model[0]} {model[1]} '{said}' '{self.MAKER}' '{self.NAME}' {port} {medium}")
        self.playing.append(name)
        ids = {"vendor_id": model[0][2:], "product_id": model[1][2:]}

        def found():
            for key in self.keys():
                if ids.items() <= key.items() and key["capacity"]:
                    return key
            return None

        return self.machine.until(f"{model} is listed", found)

    def assert_rated(self, rating, reason, key):
        self.assertEqual((rating, reason), (key["rating"], key["rating_reason"]), key)

    def test_a_key_with_a_serial_number_of_its_own_is_strong(self):
        key = self.play("4C530001310123115281")
        self.assertEqual(("0781", "5567"), (key["vendor_id"], key["product_id"]))
        self.assertEqual((self.MAKER, self.NAME), (key["maker"], key["name"]))
        self.assertEqual(f"0781:5567:4C530001310123115281:{1 << 20}", key["id"])
        self.assert_rated("strong", "own_serial", key)

    def test_a_key_without_a_serial_number_is_unusable(self):
        key = self.play(None)
        self.assertIsNone(key["serial"])
        self.assertIsNone(key["id"])
        self.assert_rated("unusable", "no_serial", key)

    def test_a_serial_number_of_zeros_is_weak(self):
        key = self.play("0000000000000000")
        self.assertEqual("0000000000000000", key["serial"])
        self.assert_rated("weak", "filler_serial", key)

    def test_a_serial_number_in_other_letters_is_read_exactly(self):
        key = self.play("Série-日本-0042")
        self.assertEqual("Série-日本-0042", key["serial"])
        self.assertEqual(f"0781:5567:S%C3%A9rie-%E6%97%A5%E6%9C%AC-0042:{1 << 20}", key["id"])
        self.assert_rated("weak", "unreadable_serial", key)

    def test_the_longest_serial_number_is_read_to_its_end(self):
        serial = "".join(f"{number:02}A" for number in range(42))
        self.assertEqual(126, len(serial))
        key = self.play(serial)
        self.assertEqual(serial, key["serial"])
        self.assertEqual(f"0781:5567:{serial}:{1 << 20}", key["id"])
        self.assert_rated("strong", "own_serial", key)

    def test_a_license_runs_on_a_key_whose_serial_number_is_in_other_letters(self):
        self.plug("SOURCE", image.fat(self.image("SOURCE"), mib=8, bits=16))
        device = self.key("SOURCE")["volumes"][0]["device"]
        self.machine.do(f"cat {device} >/tmp/medium")
        self.pull("SOURCE")
        self.machine.until("only the gadget is left", lambda: not self.keys())
        id = self.play("Série-日本-0042", medium="/tmp/medium")["id"]
        _, place = self.mounted("Série-日本-0042")
        license = self.vendor.license(id, "--allow-weak")
        self.put(license, place, None, None, "--allow-weak")
        self.assert_runs()


class Copies(Case):
    def test_keys_with_one_volume_id_keep_their_own_volumes(self):
        serials = [f"COPY-000{number}" for number in range(3)]
        path = image.fat(self.image(serials[0]), mib=8, bits=16)
        for serial in serials[1:]:
            self.image(serial).write_bytes(path.read_bytes())
        for serial in serials:
            self.plug(serial, self.image(serial))
        keys = [self.key(serial) for serial in serials]
        self.assertEqual({"CAFE-0001"}, {key["volumes"][0]["uuid"] for key in keys})
        self.assertEqual(3, len({key["volumes"][0]["device"] for key in keys}))
        self.assertEqual(3, len({key["id"] for key in keys}))
        self.assertEqual({MODEL}, {key["id"][:9] for key in keys})
