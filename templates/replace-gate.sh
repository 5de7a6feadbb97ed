# replace_gate VOLUME BRICK OTHERS: the last look before a brick of the volume gives its place to a new one (HOST:DIRECTORY;
# the other bricks of its set, a line each). Fails with words unless all others are connected; a brick that is connected
# itself must not be needed any more for a heal: then no brick of the set may list an entry to heal.
# Set before: nothing.
# shellcheck shell=sh
replace_gate() {
    said=$(timeout 60 gluster --mode=script volume heal "$1" info 2>&1) || {
        echo "volume $1: gluster volume heal $1 info: $(printf '%s' "$said" | tr '\n' ' ')" >&2
        return 1
    }
    words=$(printf '%s\n' "$said" | volume=$1 own=$2 others=$3 awk '
        BEGIN { count = split(ENVIRON["others"], other, "\n") }
        /^Brick / { brick = substr($0, 7) }
        /^Status: / { connected[brick] = $2 == "Connected" }
        /^Number of entries: / { entries[brick] = $4 }
        END {
            volume = "volume " ENVIRON["volume"] ": "
            own = ENVIRON["own"]
            for (at = 1; at <= count; at++) {
                brick = other[at]
                if (!connected[brick]) print volume "Gluster does not reach " brick ", another brick of the set"
                else if (connected[own] && entries[brick] != 0) print volume brick " lists " entries[brick] " entries to heal"
            }
            if (connected[own] && entries[own] != 0) print volume own " lists " entries[own] " entries to heal"
        }')
    [ -z "$words" ] || {
        printf '%s\n' "$words" "wait until glusterctl status shows nothing to heal; nothing was replaced" >&2
        return 1
    }
}
