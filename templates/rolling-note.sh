# Notes on this host what an operation that goes through the hosts one by one wants of the host, or has done to it: the next
# run of the same command carries on from these notes.
# Set before: note, text.
# shellcheck shell=sh disable=SC2154
mkdir -p "${note%/*}"
new_file "$note"
printf '%s\n' "$text" >"$new"
replace_file "$note"
