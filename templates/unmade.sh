# unmade KIND WHAT: takes back a note of what glusterctl made, which is not there any more.
# Set before: nothing.
# shellcheck shell=sh
unmade() {
    left=$(grep -vxF -e "$1 $2" /etc/glusterctl/made || :)
    printf '%s\n' "$left" >/etc/glusterctl/made
}
