"""Every state in which a hand could leave a key while `usb put` writes: the writes are recorded, and replayed up to each point."""

from bed import fat, image, recording
from bed.stage import Case
from bed.vendor import PRODUCT, SLOTS

UPDATES = 6
# One sector each: a license lies in several clusters, of which a file system can lose some.
CLUSTER = 1


class Recorded:
    """What was written to an image, and which license was said to be there after how many entries of the record."""

    def __init__(self, base, writes, acknowledged):
        self.base = base
        self.writes = writes[: acknowledged[-1][0]]
        self.acknowledged = acknowledged

    def promised(self, entries):
        """The newest license that was acknowledged when that many entries were begun; None before the first."""
        told = [seq for count, seq in self.acknowledged if count < max(entries, 1) and seq is not None]
        return max(told, default=None)


class Cuts(Case):
    def begin(self):
        self.license = None

    def test_every_cut_through_usb_put_leaves_a_license(self):
        self.try_writer("", self.put_slots)

    def test_every_cut_through_usb_put_leaves_a_license_mounted_as_desktops_do(self):
        self.try_writer("flush", self.put_slots)

    def test_a_temporary_file_and_a_rename_would_lose_the_license(self):
        """The negative control: the bed sees the fault that two slots avoid."""
        recorded = self.record(image.fat(self.image("CUTS-0001"), cluster=CLUSTER), "", self.put_renamed, UPDATES)
        cuts, none, _ = self.tried(recorded, recording.cuts(recorded.base, recorded.writes))
        self.measured(f"{none} of {cuts} cuts without a license")
        self.assertGreater(none, 0)

    def test_a_key_that_was_cut_off_takes_the_next_license_and_survives_the_next_cut(self):
        """Each state that a cut leaves behind is read by the guest's own kernel, written to again, and cut again."""
        first = self.record(image.fat(self.image("CUTS-0001"), cluster=CLUSTER), "", self.put_slots, 2)
        states = {}
        for _, medium in recording.cuts(first.base, first.writes):
            states.setdefault(self.state(medium), medium.copy())
        self.assertGreater(len(states), 4, states.keys())
        total = 0
        for medium in states.values():
            path = self.image("CUTS-0001")
            medium.save(path)
            recorded = self.record(path, "", self.put_slots, 1)
            cuts, none, lost = self.tried(recorded, recording.cuts(recorded.base, recorded.writes))
            self.assertEqual((0, 0), (none, lost))
            total += cuts
        self.measured(f"{len(states)} states, {total} cuts, none without a license")

    def state(self, medium):
        """What a computer finds in the slots: their sizes, the room that they have, and the licenses in them."""
        volume = fat.Volume(medium.read)
        files, shapes = volume.files(), volume.shapes()
        numbers = [self.stage.reader.number(files[slot]) if files.get(slot) else None for slot in SLOTS]
        return tuple((shapes.get(slot), number) for slot, number in zip(SLOTS, numbers))

    def try_writer(self, options, writer):
        path = image.fat(self.image("CUTS-0001"), cluster=CLUSTER)
        recorded = self.record(path, options, writer, UPDATES)
        cuts, none, lost = self.tried(recorded, recording.cuts(recorded.base, recorded.writes))
        orders, *bad = self.tried(recorded, recording.reordered(recorded.base, recorded.writes, seed=7))
        self.measured(f"{cuts} cuts, {orders} reordered: {none + bad[0]} without a license")
        self.assertGreater(cuts, UPDATES * len(SLOTS))
        self.assertEqual(([0, 0], [0, 0]), ([none, lost], bad))

    # Writers

    def put_slots(self, license, place):
        self.put(license, place)

    def put_renamed(self, license, place):
        """As files are replaced everywhere else: a new one beside it, synced, renamed, and the folder synced."""
        self.machine.write("/run/new.lic", license.content)
        name = f"{place}/{PRODUCT}.lic"
        self.machine.do(f"dd if=/run/new.lic of={place}/.new conv=fsync 2>/dev/null && mv {place}/.new {name} && sync {place}")

    def record(self, path, options, writer, updates):
        """Records what the writer writes for so many licenses, each newer than the one before."""
        base = path.read_bytes()
        log = self.image("log")
        log.write_bytes(b"")
        self.machine.ask(
            "blockdev-add",
            **{"driver": "blklogwrites", "node-name": "CUTS-0001", "log-super-update-interval": 1},
            file={"driver": "file", "filename": str(path)},
            log={"driver": "file", "filename": str(log)},
        )
        self.machine.attach("CUTS-0001", driver="usb-storage", drive="CUTS-0001", serial="CUTS-0001")
        self.plugged["CUTS-0001"] = self.machine
        key, place = self.mounted("CUTS-0001", options)
        there = self.stage.reader.newest(self.files(recording.Medium(base)))
        if there is not None:
            self.assert_runs(home=self.new_home())
        acknowledged = [(recording.recorded(log), there)]
        self.license = self.license or self.vendor.license(key["id"])
        for _ in range(updates):
            license = self.vendor.again(self.license)
            writer(license, place)
            acknowledged.append((recording.recorded(log), license.seq))
        recorded = Recorded(base, recording.entries(log), acknowledged)
        self.machine.do(f"umount {place}")
        self.pull("CUTS-0001")
        self.machine.until("it is gone", lambda: not self.keys())
        return recorded

    # What is left

    def files(self, medium):
        return fat.Volume(medium.read).files()

    def tried(self, recorded, media):
        """Of the states with a license before: how many, those without any now, and those with less than was promised."""
        cuts = none = lost = 0
        for entries, medium in media:
            promised = recorded.promised(entries)
            if promised is not None:
                cuts += 1
                newest = self.stage.reader.newest(self.files(medium))
                none += newest is None
                lost += newest is not None and newest < promised
        return cuts, none, lost
