# Gives the place of a brick to a new, empty brick of this host, after a last look: the new brick's file system is mounted, and
# holds no brick.
# Set before: volume, old (HOST:DIRECTORY), new, others (the other bricks of the set, a line each), uuid (or - for any),
# target, brick (the directory of the new brick).
# shellcheck shell=sh disable=SC2154
holds "$target" "$uuid" || { echo "$wrong" >&2; exit 1; }
tries=50
until gluster --mode=script volume list 2>/dev/null | grep -qxF -e "$volume"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "glusterd of this host does not know volume $volume yet" >&2; exit 1; }
    sleep 0.2
done
peers_see_this || {
    # Every glusterd of the pool connects to the host of a new brick, by the host's name.
    case " $lacks " in *" ${old%%:*} "*)
        echo "while ${old%%:*} runs, its glusterd has to reach ${new%%:*} by that name: write ${old%%:*} into the inventory, too, \
with \`leaving: true\`, and run the same command or glusterctl apply; or switch ${old%%:*} off. Nothing was replaced" >&2 ;;
    esac
    exit 1
}
replace_gate "$volume" "$old" "$others"
if gluster --mode=script volume info "$volume" | grep -q ": $new\$"; then
    echo "$new is a brick of the volume already; nothing was replaced" >&2
    exit 1
fi
new_brick "$brick"
said=$(gluster --mode=script --xml volume replace-brick "$volume" "$old" "$new" commit force)
taken "$brick" "$said"
printf '%s\n' "$said"
