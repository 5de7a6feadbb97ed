# Puts this host into maintenance: its bricks and glusterd are stopped, and nothing starts them before the mark is gone: no
# boot, no start of a unit that wants glusterd, no glusterctl boot. The host's mounts go on, with the other servers. Run
# again after an interruption, the script carries on: the mark is made only once the bricks may go.
# Set before: volumes (with bricks on this host), mark.
# shellcheck shell=sh disable=SC2154,SC2086
[ -e "$mark" ] || with_leave $volumes
for unit in glusterd gluster-heal; do
    mkdir -p "/etc/systemd/system/$unit.service.d"
    file=/etc/systemd/system/$unit.service.d/glusterctl-maintenance.conf
    new_file "$file"
    printf '%s\n' "# Written by glusterctl maintenance enter; glusterctl maintenance exit removes this file." '[Unit]' \
        "ConditionPathExists=!$mark" >"$new"
    replace_file "$file"
    chmod 644 "$file"
done
if [ ! -s "$mark" ]; then
    mkdir -p "${mark%/*}"
    new_file "$mark"
    date -u +%Y-%m-%dT%H:%M:%SZ >"$new"
    replace_file "$mark"
fi
systemctl daemon-reload
stop_gluster
