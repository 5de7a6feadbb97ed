# Takes out what glusterctl wrote on a host that has left the cluster: glusterd is stopped and does not start at boot, the
# units and the names of the cluster's hosts go.
# Set before: units (of services), files (paths), template (of /etc/hosts), begin, end (the lines around the names).
# shellcheck shell=sh disable=SC2154,SC2086
for unit in $units; do systemctl -q disable --now "$unit" 2>/dev/null || :; done
for file in $files; do
    rm -f "$file"
    rmdir "${file%/*}" 2>/dev/null || :
done
systemctl daemon-reload
for path in /etc/hosts "$template"; do
    grep -qsxF "$begin" "$path" || continue
    new_file "$path"
    awk -v begin="$begin" -v end="$end" '
        $0 == begin { if (inside) print held; held = $0; inside = 1; next }
        inside { held = held "\n" $0; if ($0 == end) inside = 0; next }
        { print }
        END { if (inside) print held }' "$path" >"$new"
    replace_file "$path"
done
