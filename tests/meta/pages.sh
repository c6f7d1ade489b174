#!/bin/sh
# Manual pages and scripts are well-formed.
set -eu
cd "$(dirname -- "$0")/../.."
status=0
# Where the pages refer to each other they need not be installed.
! mandoc -T lint man/* | grep -v 'referenced manual not found' || status=1
for script in $(find chatd chatctl tests .ci -name '*.sh') .ci/run; do
	sh -n "$script" || status=1
	[ -x "$script" ] || { echo "$script: not executable"; status=1; }
done
bash -n completions/*.bash || status=1
exit $status
