"""What was compared, and what differed."""

import argparse
import sys


class Report:
    """Counts comparisons and prints those that fail."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failed = 0

    def same(self, what, got, expected):
        """Two values are equal."""
        return self.holds(what, got == expected, f"got      {got!r}\n    expected {expected!r}")

    def holds(self, what, true, detail=""):
        """Something is so."""
        if true:
            self.passed += 1
        else:
            self.failed += 1
            print(f"  {self.name}: {what}: not so" + (f"\n    {detail}" if detail else ""), flush=True)
        return true

    def end(self):
        """Prints the counts and leaves, with 1 if anything differed or nothing was compared."""
        print(f"{self.name}: {self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)


def arguments(description, **more):
    """The command line of a script: the command under test, and what the script wants besides."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--clearance", required=True, help="the command under test")
    for name, options in more.items():
        parser.add_argument(f"--{name}", **options)
    return parser.parse_args()
