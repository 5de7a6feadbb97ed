# noted KIND WHAT: whether glusterctl noted that it made this. all_noted KIND: prints what it made of the kind, a line each.
# without_end FILE: takes the end off the last line of a file. is_ours FILE: whether glusterctl wrote the file.
# Set before: nothing.
# shellcheck shell=sh disable=SC2034
noted() { grep -sqxF -e "$1 $2" /etc/glusterctl/made; }
all_noted() { sed -n "s/^$1 //p" /etc/glusterctl/made 2>/dev/null || :; }
without_end() { [ ! -s "$1" ] || truncate -s -1 "$1"; }
is_ours() { head -n 1 "$1" 2>/dev/null | grep -q '^# Written by glusterctl'; }
