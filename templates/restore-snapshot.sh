# Brings a volume, or a path in the volume, back to a snapshot: mounts both where nobody else looks, and copies the files, while
# the volume serves with its own bricks. A snapshot that was not active is active only meanwhile. What an interrupted run left
# is cleared first.
# Set before: volume, snapshot, path, mode (copy, or preview: only says what would change).
# shellcheck shell=sh disable=SC2154
migration_gate "$volume"
heal_gate "$volume"
command -v rsync >/dev/null || {
    echo "there is no program rsync: glusterctl apply installs it" >&2
    exit 1
}
place=/run/glusterctl.restore
snapshot() {
    if ! said=$(timeout 130 gluster --mode=script --xml snapshot "$@" 2>&1) ||
        ! printf '%s\n' "$said" | grep -q '<opRet>0</opRet>'; then
        echo "gluster snapshot $*: $(printf '%s' "$said" | tr '\n' ' ')" >&2
        return 1
    fi
}
# leave: unmounts both, and deactivates what glusterctl activated: the snapshots that have a file below `active`.
leave() {
    for at in volume snapshot; do
        unmount_idle "$place/$at" || return
    done
    for mark in "$place"/active/*; do
        [ -e "$mark" ] || continue
        # Of a snapshot that is gone, or that somebody else deactivated, nothing is left to do.
        if snapshot info "${mark##*/}" 2>/dev/null && printf '%s\n' "$said" | grep -q '<status>Started</status>'; then
            snapshot deactivate "${mark##*/}" || return
        elif ! printf '%s\n' "$said" | grep -qE '<status>Stopped</status>|does not exist'; then
            echo "Gluster does not say whether snapshot ${mark##*/} is active: $(printf '%s' "$said" | tr '\n' ' ')" >&2
            return 1
        fi
        rm "$mark"
    done
    [ ! -e "$place" ] || rmdir "$place/volume" "$place/snapshot" "$place/active" "$place" 2>/dev/null || :
}
ended() {
    status=$?
    trap '' HUP INT TERM PIPE
    leave || [ "$status" != 0 ] || status=1
    exit "$status"
}
leave
trap ended EXIT
trap 'exit 143' HUP INT TERM PIPE
(umask 077 && mkdir -p "$place/volume" "$place/snapshot" "$place/active")
snapshot info "$snapshot"
if ! printf '%s\n' "$said" | grep -q '<status>Started</status>'; then
    : >"$place/active/$snapshot"
    snapshot activate "$snapshot"
fi
mount -t glusterfs -o ro,acl "localhost:/snaps/$snapshot/$volume" "$place/snapshot"
mount -t glusterfs -o acl "localhost:/$volume" "$place/volume"
# A client connects to the bricks one after the other.
tries=30
until { reaches_all "$place/snapshot" && reaches_all "$place/volume"; } 2>/dev/null || [ "$tries" = 0 ]; do
    tries=$((tries - 1))
    sleep 1
done
restore_files "$mode" "$place/snapshot" "$place/volume" "$path"
