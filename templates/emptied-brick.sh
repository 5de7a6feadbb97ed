# Looks at a brick that Gluster has emptied, before the brick is taken out of its volume. If a file is on the brick,
# Gluster is told to stop, and the exit status is 75: the removal has to begin anew.
# Set before: volume, id, uuid, target, brick, removal (the words of the gluster command about the removal, without the last).
# shellcheck shell=sh disable=SC2154
is_brick "$volume" "$id" "$uuid" "$target" "$brick" || {
    echo "$wrong" >&2
    exit 1
}
found=$(held_file "$brick")
[ -n "$found" ] || exit 0
counted=$(eval "gluster --mode=script --xml $removal status" | tr -d '\n' |
    sed -n 's/.*<aggregate>.*<failures>\([0-9]*\)<.*<skipped>\([0-9]*\)<.*/\1 failures and \2 skipped files/p')
echo "the brick holds $found, though Gluster calls the removal completed (${counted:-an unknown number of failures}); nothing was \
taken out, and the removal begins anew; the logs /var/log/glusterfs/*-rebalance.log on the servers may say why" >&2
eval "gluster --mode=script $removal stop" >/dev/null || :
exit 75
