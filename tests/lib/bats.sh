#!/bin/sh
# bats.sh FILE.xml FILE.bats: runs it, and leaves the JUnit report in FILE.xml.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
code=0
bats --tap --print-output-on-failure --report-formatter junit --output "$folder" "$2" || code=$?
mv "$folder/report.xml" "$1"
exit "$code"
