# unmade KIND WHAT: takes back a note of what glusterctl made, which is not there any more.
# Set before: nothing.
# shellcheck shell=sh
unmade() {
    grep -vxF -e "$1 $2" /etc/glusterctl/made >/etc/glusterctl/made.new || :
    sync /etc/glusterctl/made.new
    mv /etc/glusterctl/made.new /etc/glusterctl/made
}
