# Removes the mark of a host whose maintenance has ended.
# Set before: mark.
# shellcheck shell=sh disable=SC2154
rm -f "$mark"
sync "${mark%/*}"
