#!/bin/sh
# Installs what is missing, builds with gcc and clang, and runs every test: run.sh [options]
#
#   --preset NAME   only this part: release, clang, asan, tsan, fuzz
#   --only KIND     only tests of this kind: meta, unit, contract, fuzz, differ, api, fault, gateway,
#                   proxy, client, clients, tui, valgrind, install, cli, bench
#   --match REGEX   only tests whose ctest name matches
set -eu

usage()
{
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

presets='release clang asan tsan'
only=
match=
while [ $# -gt 0 ]; do
	case $1 in
	--preset) presets=${2-} ;;
	--only) only=${2-} ;;
	--match) match=${2-} ;;
	*) usage ;;
	esac
	[ -n "${2-}" ] || usage
	shift 2
done

cd "$(dirname -- "$0")/.."
chatd/packages.sh test
jobs=$(nproc)

# Which kinds of tests a build is for, as a regex of labels.
kinds()
{
	case $1 in
	release) echo '.' ;;
	asan) echo '^(unit|contract|fuzz|differ|api|fault|gateway|client|tui|cli)$' ;;
	tsan) echo '^(unit|contract|api|fault|gateway|client)$' ;;
	clang) echo '^(unit|contract)$' ;;
	fuzz) echo '^fuzz$' ;;
	*) usage ;;
	esac
}

# How many seeds the gateway's model test runs; the sanitizers look for other faults than it does.
seeds()
{
	case $1 in
	release) echo 200 ;;
	*) echo 20 ;;
	esac
}

# Gcc's ThreadSanitizer does not start where the kernel randomises more address bits than it knows.
wrapper()
{
	if [ "$1" = tsan ] && setarch -R true 2>/dev/null; then
		echo 'setarch -R'
	fi
}

results=
for preset in $presets; do
	kinds=$(kinds "$preset")
	build=build-$preset
	[ "$preset" != release ] || build=build
	results="$results $build/results"
	rm -rf "$build/results"
	mkdir -p "$build/results"

	echo "== $preset"
	cmake --preset "$preset" --log-level=WARNING >/dev/null || continue
	cmake --build "$build" --parallel "$jobs" || continue
	# Most of a test's time is waiting, so there are more of them than processors.
	env SEEDS="${SEEDS:-$(seeds "$preset")}" $(wrapper "$preset") \
		ctest --test-dir "$build" --parallel $((3 * jobs)) --no-tests=ignore \
		--label-regex "$kinds" ${only:+--label-regex "^$only\$"} ${match:+--tests-regex "$match"} \
		--output-on-failure --test-output-size-passed 100000 --test-output-size-failed 1000000 \
		--output-junit results/ctest.xml </dev/null || :
done

echo "== total"
exec /usr/bin/python3 tests/lib/count.py $results
