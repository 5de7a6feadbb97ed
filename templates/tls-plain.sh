# Lets the management of Gluster on this host be plain from the next start of glusterd and of clients on, if glusterctl
# encrypted it. Nothing of Gluster may run.
# Set before: path.
# shellcheck shell=sh disable=SC2154
if systemctl -q is-active glusterd; then
    echo "glusterd runs" >&2
    exit 1
fi
if noted tls "$path"; then rm -f "$path"; fi
