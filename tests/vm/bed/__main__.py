"""Runs the cases, two machines at a time, and says of each how it ended and how long it took.

Usage: tests/vm/run [--table] [WORD…]

  WORD      only cases with this word in their names
  --table   the outcomes as a table in Markdown at the end, for reports
"""

import multiprocessing
import pathlib
import sys
import time
import traceback
import unittest

from . import qemu, stage

HERE = pathlib.Path(__file__).parent.parent
# A machine has one processor, and so has its emulator: two of them keep a small computer busy.
MACHINES = (("test_1", "test_2", "test_3", "test_4"), ("test_5", "test_6"))


class Outcomes(unittest.TestResult):
    """Tells of each case as it ends: outcome, seconds, name, figures, and what went wrong."""

    def __init__(self, tell):
        super().__init__()
        self.tell = tell

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.outcome, self.why = "passed", ""

    def addError(self, test, fault):
        self.outcome = "FAILED"
        self.why += "".join(traceback.format_exception(*fault))

    addFailure = addError

    def addSkip(self, test, reason):
        self.outcome = "skipped"
        test.told = [reason]

    def stopTest(self, test):
        name = test._testMethodName.removeprefix("test_").replace("_", " ")
        figures = "; ".join(getattr(test, "told", []))
        self.tell((self.outcome, time.monotonic() - self.began, name, figures, self.why))
        super().stopTest(test)


def cases(words):
    """The cases in the order of their files, those with one of the words."""

    def flat(suite):
        for each in suite:
            yield from flat(each) if isinstance(each, unittest.TestSuite) else [each]

    found = flat(unittest.defaultTestLoader.discover(str(HERE / "cases"), top_level_dir=str(HERE)))
    return [case for case in found if not words or any(word in case.id() for word in words)]


def play(chosen, tell):
    """Runs cases on a machine of their own."""
    outcomes = Outcomes(tell)
    began = time.monotonic()
    try:
        ready = stage.stage()
        tell(("", time.monotonic() - began, "until the machine is ready", f"boot {ready.boot:.1f} s", ""))
        for case in chosen:
            case.run(outcomes)
        used = sum(machine.processor_seconds() for machine in ready.machines)
        tell(("", used, "processor time of the machine", "", ""))
    except Exception:
        tell(("FAILED", time.monotonic() - began, "the machine starts", "", traceback.format_exc()))
    finally:
        stage.close()
        tell(None)


def told(parts):
    """The outcomes of all parts as they come."""
    queue = multiprocessing.Queue()
    players = [multiprocessing.Process(target=play, args=(part, queue.put)) for part in parts]
    for player in players:
        player.start()
    playing = len(players)
    while playing:
        row = queue.get()
        if row is None:
            playing -= 1
        else:
            yield row
    for player in players:
        player.join()


def main(arguments):
    if set(arguments) & {"-h", "--help"}:
        print("\n".join(__doc__.splitlines()[2:]))
        return 0
    began = time.monotonic()
    chosen = cases([word for word in arguments if word != "--table"])
    parts = [[case for case in chosen if case.id().split(".")[1][:6] in part] for part in MACHINES]
    rows = []
    for row in told([part for part in parts if part]):
        rows.append(row)
        outcome, took, name, figures, why = row
        print(f"{outcome:8} {took:6.1f} s  {name}{f' ({figures})' if figures else ''}", flush=True)
        if why:
            print(why, flush=True)
    if "--table" in arguments:
        print("\n| case | outcome | time | |\n| --- | --- | --- | --- |")
        for outcome, took, name, figures, _ in rows:
            print(f"| {name} | {outcome} | {took:.1f} s | {figures} |")
    counts = {each: sum(row[0] == each for row in rows) for each in ("passed", "FAILED", "skipped")}
    print(f"\nall in {time.monotonic() - began:.0f} s ({qemu.accelerator()})")
    print("{passed} passed, {FAILED} failed, {skipped} skipped".format(**counts))
    return 1 if counts["FAILED"] or not chosen else 0


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    sys.exit(main(sys.argv[1:]))
