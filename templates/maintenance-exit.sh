# Starts glusterd and the bricks of a host in maintenance. The mark stays until the bricks are healed.
# Set before: bricks.
# shellcheck shell=sh disable=SC2154
for unit in glusterd gluster-heal; do
    rm -f "/etc/systemd/system/$unit.service.d/glusterctl-maintenance.conf"
done
systemctl daemon-reload
systemctl reset-failed glusterd 2>/dev/null || :
systemctl start glusterd
wait_for_bricks
