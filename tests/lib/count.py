#!/usr/bin/python3
"""count.py FOLDER…: sums up the tests of several runs of ctest, and says which failed.

Each folder holds ctest.xml, and NAME.xml for each test NAME that ran several cases; a C test says
its cases in lines of its own (see test.h). The last line is "N passed, N failed, N skipped". A folder
without a ctest.xml is a failure: its build broke.
"""

import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


def verdict(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None:
        return "skipped"
    return "passed"


def parts(folder, test):
    """(name, verdict) of each case within a test."""
    try:
        reported = xml.parse(folder / f"{test.get('name')}.xml").getroot().iter("testcase")
        return [(case.get("name"), verdict(case)) for case in reported]
    except (OSError, xml.ParseError):
        lines = re.findall(r"^(ok    |FAILED) (\w+)$", test.findtext("system-out", ""), re.M)
        return [(case, "failed" if word == "FAILED" else "passed") for word, case in lines]


def cases(folder):
    """(name, verdict) of each case in a folder."""
    try:
        tests = xml.parse(folder / "ctest.xml").getroot().findall("testcase")
    except (OSError, xml.ParseError):
        yield "the build, or ctest itself", "failed"
        return
    for test in tests:
        name, whole = test.get("name"), verdict(test)
        if test.get("status") == "notrun" and whole == "passed":
            whole = "skipped"
        inner = [(f"{name}: {case}", word) for case, word in parts(folder, test)]
        yield from inner
        if not inner or (whole == "failed" and all(word != "failed" for _, word in inner)):
            yield name, whole


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for folder in map(Path, sys.argv[1:]):
        for name, word in cases(folder):
            count[word] += 1
            if word != "passed":
                print(f"{word}: {folder.parent.name}: {name:.150}")
    print(", ".join(f"{n} {word}" for word, n in count.items()))
    return 1 if count["failed"] or not count["passed"] else 0


sys.exit(main())
