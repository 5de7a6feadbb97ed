# Stops the bricks and glusterd of this host, then reboots the host a moment later: this script can still say that it
# succeeded.
# Set before: volumes (with bricks on this host).
# shellcheck shell=sh disable=SC2154,SC2086
with_leave $volumes
[ -z "$(running_bricks)" ] || stop_gluster
systemd-run -q --collect --on-active=1 systemctl reboot
