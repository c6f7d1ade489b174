#!/bin/sh
# The top level has what it should, and nothing else besides dotfiles.
set -eu
cd "$(dirname -- "$0")/../.."

wanted='CMakeLists.txt CMakePresets.json LICENSE README.md
chatctl chatd chattui completions libcommon man tests'

# Git forgets an empty folder; what it ignores is not part of the tree.
if [ -e .git ]; then
	found=$(git -c safe.directory='*' ls-files --cached --others --exclude-standard |
		cut -d / -f 1 | sort -u)
else
	found=$(ls)
fi
status=0
for name in $found; do
	case " $(echo $wanted) build build-$name " in
	*" $name "*) ;;
	*) case $name in
		.* | build-*) ;;
		*) echo "$name: not at the top level"; status=1 ;;
		esac ;;
	esac
done
for name in $wanted; do
	[ -e "$name" ] || { echo "$name: missing"; status=1; }
done
exit $status
