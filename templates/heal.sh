# heal VOLUME: starts an index heal if bricks of the volume list entries to heal, and prints a word and a sentence.
# healed: nothing is left to heal. heals: all bricks are connected, and a heal was started. waits: bricks are not
# connected, and a heal of the other bricks was started. fails: Gluster does not say, or refuses. Prints on standard error
# what a brick on this node had not finished making and the heal cannot remove (templates/unfinished.sh).
# Set before: nothing.
# shellcheck shell=sh
heal() {
    status=0
    said=$(timeout 60 gluster --mode=script volume heal "$1" info 2>&1) || status=$?
    lost=
    entries=many
    case $status in
    0)
        lost=$(printf '%s\n' "$said" |
            awk '/^Brick / { brick = substr($0, 7) }
                /^Status: / && $2 != "Connected" { printf "%s%s", word, brick; word = " and " }')
        entries=$(printf '%s\n' "$said" | awk '/^Number of entries: [0-9]/ { all += $4 } END { print all + 0 }')
        ;;
    # A list that is too long to be printed in time.
    124) ;;
    *)
        echo "fails volume $1: gluster volume heal $1 info: $(printf '%s' "$said" | tr '\n' ' ')"
        return
        ;;
    esac
    if [ "$entries" = 0 ] && [ -z "$lost" ]; then
        echo "healed volume $1: all bricks are connected, and nothing is left to heal"
        return
    fi
    printf '%s\n' "$said" | drop_unfinished "$1" >&2
    # While a brick is not connected, Gluster calls the heal of the others unsuccessful (measured).
    status=0
    [ "$entries" = 0 ] || said=$(timeout 60 gluster --mode=script volume heal "$1" 2>&1) || status=$?
    if [ -n "$lost" ]; then
        echo "waits volume $1: Gluster does not reach $lost; the other bricks list $entries entries to heal"
    elif [ "$status" = 0 ]; then
        echo "heals volume $1: all bricks are connected; they list $entries entries, and a heal was started"
    else
        echo "fails volume $1: $entries entries are left to heal: $(printf '%s' "$said" | tr '\n' ' ')"
    fi
}
