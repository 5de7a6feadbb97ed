# Lets glusterd find peers by their names: in the definition of each peer the name goes first, and addresses go. glusterd
# writes these files while it runs, so it is stopped meanwhile.
# Set before: peers (a line each: UUID and name).
# shellcheck shell=sh disable=SC2154
systemctl stop glusterd
directory=/var/lib/glusterd
while read -r uuid name; do
    file=$directory/peers/$uuid
    [ -f "$file" ] || continue
    awk -v name="$name" '
        !/^hostname[0-9]+=/ { print; next }
        { sub(/^[^=]*=/, "") }
        $0 != name && !/^[0-9.]+$/ { others = others "hostname" ++count + 1 "=" $0 "\n" }
        END { printf "hostname1=%s\n%s", name, others }' "$file" >"$directory/glusterctl-peer.new"
    chmod 600 "$directory/glusterctl-peer.new"
    mv "$directory/glusterctl-peer.new" "$file"
done <<EOF
$peers
EOF
sync
systemctl start glusterd
