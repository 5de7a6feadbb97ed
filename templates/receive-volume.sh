# Waits until glusterd has learnt of a volume from its peers, which happens shortly after glusterd's start. Otherwise
# restarts glusterd, unless another volume has entries to heal and may need the bricks of this host.
# Set before: by (the host that knows the volume).
# shellcheck shell=sh disable=SC2154
known() {
    tries=$1
    until gluster --mode=script volume list 2>/dev/null | grep -qxF -e "$volume" && is_complete "$definition"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.2
    done
}
if known 50; then exit 0; fi
for other in $(gluster --mode=script volume list); do
    if gluster --mode=script volume heal "$other" info 2>/dev/null | grep -q '^Number of entries: [^0]'; then
        echo "glusterd has to be restarted, but volume $other is not healed: wait until glusterctl status shows nothing" \
            "to heal" >&2
        exit 1
    fi
done
systemctl stop glusterd
set_aside
systemctl reset-failed glusterd 2>/dev/null || :
systemctl start glusterd
wait_for_bricks
known 150 || { echo "$by does not send the definition of volume $volume" >&2; exit 1; }
