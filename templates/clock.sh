# Prints the time on the host, in seconds since 1970.
# Set before: nothing.
# shellcheck shell=sh
date +%s.%N
