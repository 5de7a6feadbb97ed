# Ends glusterd as far as glusterctl began it, as noted: stops and disables glusterd, and takes away the identity and
# the state that glusterd made for itself. glusterd must know neither a volume nor a peer any more: a glusterd that was just
# detached needs a moment. What the package brought stays.
# Set before: nothing.
# shellcheck shell=sh
state=/var/lib/glusterd
left() { find "$state/vols" "$state/peers" -mindepth 1 2>/dev/null || :; }
tries=50
while [ -n "$(left)" ]; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then
        echo "glusterd still knows peers or volumes: $(left | tr '\n' ' ')" >&2
        exit 1
    fi
    sleep 0.2
done
if noted started glusterd.service; then systemctl stop gluster-heal.service glusterd.service 2>/dev/null || :; fi
if noted enabled glusterd.service; then systemctl -q disable glusterd.service; fi
if noted identity glusterd; then
    if systemctl -q is-active glusterd; then
        echo "glusterd runs, and glusterctl did not start it: its identity stays" >&2
        exit 1
    fi
    packaged=$(dpkg-query -L glusterfs-server glusterfs-common 2>/dev/null || :)
    for name in options glusterd.upgrade snaps/missed_snaps_list bitd glustershd nfs quotad scrub ss_brick interrupted; do
        printf '%s\n' "$packaged" | grep -qxF -e "$state/$name" || rm -rf "${state:?}/$name"
    done
    # A directory that holds anything stays.
    find "$state" -depth -mindepth 1 -type d | while IFS= read -r directory; do
        printf '%s\n' "$packaged" | grep -qxF -e "$directory" || rmdir "$directory" 2>/dev/null || :
    done
    # Last, so that an interrupted end begins again.
    rm -f "$state/glusterd.info"
fi
