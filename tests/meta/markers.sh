#!/bin/sh
# No notes to self and no code that is switched off.
set -eu
cd "$(dirname -- "$0")/../.."
! grep -rnwE 'T[O]DO|F[I]XME|X[X]X|H[A]CK|#[[:space:]]*if[[:space:]]+[0]' --exclude-dir=corpus \
	CMakeLists.txt libcommon chatd chatctl chattui tests man completions
