# Enables glusterd and starts it, and notes what glusterd was before.
# Set before: nothing.
# shellcheck shell=sh
systemctl reset-failed glusterd 2>/dev/null || :
# After a crash, systemd waits a minute before systemd starts glusterd again, and lets other start requests wait, too.
[ "$(systemctl show -p SubState --value glusterd)" != auto-restart ] || systemctl stop glusterd
grep -qs '^UUID=' /var/lib/glusterd/glusterd.info || made identity glusterd
systemctl -q is-active glusterd || made started glusterd.service
systemctl -q is-enabled glusterd 2>/dev/null || made enabled glusterd.service
systemctl enable --now glusterd || {
    grep -h '\] E \[' /var/log/glusterfs/glusterd.log | tail -n 5 >&2
    exit 1
}
