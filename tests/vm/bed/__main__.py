"""Runs the cases and says of each how it ended and how long it took.

Usage: tests/vm/run [--table] [WORD…]

  WORD      only cases with this word in their names
  --table   the outcomes as a table in Markdown at the end, for reports
"""

import pathlib
import sys
import time
import traceback
import unittest

from . import qemu, stage

HERE = pathlib.Path(__file__).parent.parent


class Outcomes(unittest.TestResult):
    """Prints a line for each case as it ends."""

    def __init__(self):
        super().__init__()
        self.rows = []

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.outcome = "passed"
        self.why = ""

    def addError(self, test, fault):
        self.outcome = "FAILED"
        self.why = "".join(traceback.format_exception(*fault))

    addFailure = addError

    def addSkip(self, test, reason):
        self.outcome = "skipped"
        self.why = reason

    def stopTest(self, test):
        took = time.monotonic() - self.began
        name = test._testMethodName.removeprefix("test_").replace("_", " ")
        figures = "; ".join(getattr(test, "told", []) or ([self.why] if self.outcome == "skipped" else []))
        self.rows.append((self.outcome, took, name, figures))
        print(f"{self.outcome:8} {took:6.1f} s  {name}{f' ({figures})' if figures else ''}", flush=True)
        if self.outcome == "FAILED":
            print(self.why, flush=True)
        super().stopTest(test)

    def count(self, outcome):
        return sum(1 for row in self.rows if row[0] == outcome)


def cases(words):
    """The cases in the order of their files, those with one of the words."""

    def flat(suite):
        for each in suite:
            yield from flat(each) if isinstance(each, unittest.TestSuite) else [each]

    found = flat(unittest.defaultTestLoader.discover(str(HERE / "cases"), top_level_dir=str(HERE)))
    return [case for case in found if not words or any(word in case.id() for word in words)]


def main(arguments):
    if set(arguments) & {"-h", "--help"}:
        print("\n".join(__doc__.splitlines()[2:]))
        return 0
    table = "--table" in arguments
    began = time.monotonic()
    chosen = cases([word for word in arguments if word != "--table"])
    outcomes = Outcomes()
    try:
        ready = stage.stage()
        print(f"the machine is ready after {ready.boot:.1f} s ({qemu.accelerator()})", flush=True)
        for case in chosen:
            case.run(outcomes)
    finally:
        stage.close()
    if table:
        print("\n| case | outcome | time | |\n| --- | --- | --- | --- |")
        for outcome, took, name, figures in outcomes.rows:
            print(f"| {name} | {outcome} | {took:.1f} s | {figures} |")
        print(f"\nBoot {ready.boot:.1f} s ({qemu.accelerator()}), all in {time.monotonic() - began:.0f} s.\n")
    print(f"{outcomes.count('passed')} passed, {outcomes.count('FAILED')} failed, {outcomes.count('skipped')} skipped")
    return 1 if outcomes.count("FAILED") or not outcomes.rows else 0


sys.exit(main(sys.argv[1:]))
