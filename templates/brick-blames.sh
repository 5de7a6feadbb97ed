# Checks that a brick does not note that another brick of its set lacks something: the brick that is replaced may be needed for
# that heal. What the brick to be replaced lacks is no matter. Of a long list of entries, the first thousands are looked at.
# Set before: volume, brick (a directory of this host), others (the other bricks of the set without the one that is replaced,
# HOST:DIRECTORY, a line each).
# shellcheck shell=sh disable=SC2154
index=$brick/.glusterfs/indices/xattrop
entries=$(find "$index" -maxdepth 1 -type f ! -name 'xattrop-*' 2>/dev/null | head -n 5000 |
    sed "s|^$index/\(\(..\)\(..\).*\)|$brick/.glusterfs/\2/\3/\1|")
[ -n "$entries" ] || exit 0
printf '%s\n' "$others" | while IFS= read -r other; do
    [ -n "$other" ] || continue
    # The brick kube1:/bricks/vdb/gv0 has the file kube1:-bricks-vdb-gv0.
    file=/var/lib/glusterd/vols/$volume/bricks/${other%%:/*}:$(printf '%s' "/${other#*:/}" | tr / -)
    id=$(sed -n 's/^brick-id=//p' "$file")
    [ -n "$id" ] || { echo "glusterd has no id for the brick $other" >&2; exit 1; }
    # The root directory has a gfid of zeros, and its entry is a link.
    blamed=$(printf '%s\n' "$entries" | tr '\n' '\0' |
        xargs -0 getfattr -n "trusted.afr.$id" -e hex --absolute-names 2>/dev/null |
        grep "^trusted.afr.$id=0x" | grep -vc '=0x0*$') || :
    if [ "${blamed:-0}" != 0 ]; then
        echo "volume $volume: $other is still being healed ($blamed entries); wait until that heal has ended" >&2
        exit 1
    fi
done
