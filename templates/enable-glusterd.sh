# Enables glusterd and starts it.
# Set before: nothing.
# shellcheck shell=sh
systemctl reset-failed glusterd 2>/dev/null || :
# After a crash, systemd waits a minute before systemd starts glusterd again, and lets other start requests wait, too.
[ "$(systemctl show -p SubState --value glusterd)" != auto-restart ] || systemctl stop glusterd
systemctl enable --now glusterd || {
    grep -h '\] E \[' /var/log/glusterfs/glusterd.log | tail -n 5 >&2
    exit 1
}
