# Lets the management of Gluster on this host be encrypted from the next start of glusterd and of clients on. A glusterd
# that runs has neither peers nor volumes, and is started anew.
# Set before: path.
# shellcheck shell=sh disable=SC2154
make_directory "${path%/*}"
[ -e "$path" ] || made tls "$path"
: >>"$path"
sync "$path"
systemctl -q try-restart glusterd 2>/dev/null || :
