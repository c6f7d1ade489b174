#!/bin/sh
# Functions that do not know their buffer's size, lose errors, or keep hidden state.
set -eu
cd "$(dirname -- "$0")/../.."

banned='strcpy|strcat|strncpy|strncat|stpcpy|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|atof'
banned="$banned|asctime|ctime|gmtime|localtime|rand|srand|random|tmpnam|mktemp|alloca|system|popen"

! grep -rnE --include='*.[ch]' "(^|[^A-Za-z0-9_])($banned)[[:space:]]*\(" \
	libcommon chatd chatctl chattui tests
