"""Runs modules of CPython's own test suite: run.py MODULE..., each named as in the suite (test_fork1).

A line for each test that did not just pass, `MODULE.CLASS.METHOD outcome`, and one for each module, `MODULE N passed`.
What is being run goes to standard error, so that the last line there names a test that hangs.
"""

import faulthandler
import os
import sys
import tempfile
import unittest

from test import support


class Outcomes(unittest.TestResult):
    """Collects how each test ended, by its name. Of a test's subtests one that fails is enough."""

    def __init__(self):
        super().__init__()
        self.outcomes = {}

    def note(self, test, outcome):
        worse = ["passed", "skipped", "expected failure", "unexpected success", "failed", "error"]
        name = test.id().split()[0].removeprefix("test.")
        self.outcomes[name] = max(self.outcomes.get(name, "passed"), outcome, key=worse.index)

    def startTest(self, test):
        super().startTest(test)
        print(test.id(), file=sys.stderr, flush=True)

    def addSuccess(self, test):
        self.note(test, "passed")

    def addSkip(self, test, reason):
        self.note(test, "skipped")

    def addExpectedFailure(self, test, error):
        self.note(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.note(test, "unexpected success")

    def report(self, test, error, outcome):
        print(self._exc_info_to_string(error, test), file=sys.stderr, flush=True)
        self.note(test, outcome)

    def addFailure(self, test, error):
        self.report(test, error, "failed")

    def addError(self, test, error):
        self.report(test, error, "error")

    def addSubTest(self, test, subtest, error):
        if error:
            self.report(test, error, "failed")


def run(module):
    """Runs one module and says how it went."""
    result = Outcomes()
    unittest.defaultTestLoader.loadTestsFromName(f"test.{module}").run(result)
    others = {name: outcome for name, outcome in sorted(result.outcomes.items()) if outcome != "passed"}
    for name, outcome in others.items():
        print(name, outcome)
    print(module, len(result.outcomes) - len(others), "passed", flush=True)


def main():
    faulthandler.enable()
    support.use_resources = {"subprocess": None}  # none of those that take minutes or a network
    for module in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            run(module)
            os.chdir("/")


if __name__ == "__main__":
    main()
