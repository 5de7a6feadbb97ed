# heal_gate VOLUME [LOOKS]: the last look before a step that lowers the redundancy of the volume, on a server, in the
# step's own script. Fails with words unless all bricks of the volume are connected, no brick lists an entry to heal, and
# every client is connected to every brick. A client that comes or goes reaches the bricks one after the other: hence
# several looks, two seconds apart.
# Set before: nothing.
# shellcheck shell=sh
heal_gate() {
    looks=${2:-8}
    while :; do
        words=$(gate_words "$1")
        [ -n "$words" ] || return 0
        looks=$((looks - 1))
        if [ "$looks" = 0 ]; then
            printf '%s\n' "$words" >&2
            return 1
        fi
        sleep 2
    done
}
# names_of: of each host of a brick in the XML of `volume status VOLUME clients`, a line for each address: ADDRESS HOST.
names_of() {
    awk -F '[<>]' '$2 == "node" { host = "" } $2 == "hostname" && !host { host = $3; print host }' | sort -u |
        while IFS= read -r host; do getent "ahostsv${six:-4}" "$host" | awk -v host="$host" '!/^127/ { print $1, host }'; done
}
# gate_words VOLUME: what keeps the volume from losing redundancy now, a line each.
gate_words() {
    info=/var/lib/glusterd/vols/$1/info
    found=
    if grep -Eqsx 'replica_count=([2-9]|[1-9][0-9]+)|disperse_count=[1-9][0-9]*' "$info"; then
        if said=$(timeout 60 gluster --mode=script volume heal "$1" info 2>&1); then
            found=$(printf '%s\n' "$said" | volume=$1 awk '
                /^Brick / { brick = substr($0, 7); bricks++ }
                /^Status: / && $2 != "Connected" {
                    print "volume " ENVIRON["volume"] ": Gluster does not reach brick " brick
                }
                /^Number of entries: / && $4 != "-" && $4 != "0" {
                    print "volume " ENVIRON["volume"] ": brick " brick " lists " $4 " entries to heal"
                }
                END { if (!bricks) print "volume " ENVIRON["volume"] ": Gluster names no brick" }')
        else
            said=$(printf '%s' "$said" | tr '\n' ' ')
            found="volume $1: gluster volume heal $1 info: ${said:-no answer within a minute; the list may be long}"
        fi
        [ -z "$found" ] || printf '%s\n' "$found"
    fi
    # A brick that hangs keeps Gluster waiting for the list of its clients.
    case $found in *"does not reach"*) return ;; esac
    # The bit-rot daemons connect to the bricks of their own host only: their connections are not counted.
    few=
    ! grep -qsx features.bitrot=on "$info" || few=yes
    if said=$(timeout 60 gluster --mode=script --xml volume status "$1" clients 2>&1) &&
        printf '%s\n' "$said" | grep -q '<opRet>0</opRet>'; then
        # A client on the host of a brick may connect to that brick from 127.0.0.1.
        printf '%s\n' "$said" | volume=$1 few=$few names=$(printf '%s\n' "$said" | names_of) \
            bricks=$(sed -n 's/^count=//p' "$info" 2>/dev/null) awk -F '[<>]' '
            BEGIN {
                pairs = split(ENVIRON["names"], pair, "\n")
                for (at = 1; at <= pairs; at++) { split(pair[at], word, " "); name[word[1]] = word[2] }
            }
            $2 == "node" { host = ""; brick = "" }
            $2 == "hostname" && !host { host = $3; next }
            $2 == "path" && index($3, "/") == 1 { brick = host ":" $3; list[++count] = brick }
            $2 == "status" && brick && $3 != 1 {
                print "volume " ENVIRON["volume"] ": brick " brick " does not run"
                down[brick] = 1
            }
            $2 == "hostname" && brick {
                sub(/:[0-9]+$/, "", $3)
                client = $3 ~ /^127\./ ? host : $3 in name ? name[$3] : $3
                seen[brick, client]++
                if (seen[brick, client] > most[client]) most[client] = seen[brick, client]
            }
            END {
                if (count < ENVIRON["bricks"]) {
                    print "volume " ENVIRON["volume"] ": Gluster tells of " count + 0 " of " ENVIRON["bricks"] " bricks"
                }
                for (client in most) for (at = 1; at <= count; at++) {
                    if (list[at] in down) continue
                    has = seen[list[at], client] + 0
                    if (has < (ENVIRON["few"] ? 1 : most[client])) {
                        print "volume " ENVIRON["volume"] ": a client on " client " is not connected to brick " list[at]
                    }
                }
            }'
    else
        error=$(printf '%s\n' "$said" | sed -n 's|.*<opErrstr>\(.*\)</opErrstr>.*|\1|p')
        echo "volume $1: gluster volume status $1 clients: ${error:-$(printf '%s' "$said" | tr '\n' ' ')}"
    fi
}
# migration_gate VOLUME: fails with words while Gluster moves files of the volume between bricks, or does not say.
migration_gate() {
    if ! said=$(timeout 60 gluster --mode=script --xml volume status "$1" tasks 2>&1) ||
        ! printf '%s\n' "$said" | grep -q '<opRet>0</opRet>'; then
        echo "volume $1: gluster volume status $1 tasks: $(printf '%s' "$said" | tr '\n' ' ')" >&2
        return 1
    fi
    if printf '%s\n' "$said" | grep -q '<statusStr>in progress</statusStr>'; then
        echo "volume $1: Gluster moves files between bricks (gluster volume status $1 tasks)" >&2
        return 1
    fi
}
