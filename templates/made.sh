# made KIND WHAT: notes on this host what glusterctl made, or changed, that was not so before, for the day when glusterctl
# takes everything out again. make_directory PATH: makes a directory with its parents, and notes those that were missing.
# Set before: nothing.
# shellcheck shell=sh
made() {
    mkdir -p /etc/glusterctl
    grep -sqxF -e "$1 $2" /etc/glusterctl/made || printf '%s\n' "$1 $2" >>/etc/glusterctl/made
}
make_directory() {
    [ ! -d "$1" ] || return 0
    [ -z "${1%/*}" ] || make_directory "${1%/*}"
    made directory "$1"
    mkdir -p "$1"
}
