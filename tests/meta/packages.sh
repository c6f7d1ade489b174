#!/bin/sh
# Packages are listed in chatd/packages.sh alone.
set -eu
cd "$(dirname -- "$0")/../.."
! grep -rnE 'apt(-get)? (-[^ ]+ )*install|[a-z0-9]-dev([^a-z0-9_/.-]|$)|python3-[a-z]' \
	--include='*.sh' --include='*.md' --include='*.txt' --include='*.bats' \
	--include='run' --exclude=packages.sh . .ci
