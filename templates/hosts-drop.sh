# Takes the block of names out of a file. Lines outside the block stay as they are, byte for byte. A last line that had no
# end before glusterctl wrote below it has none afterwards.
# Set before: path, begin, end.
# shellcheck shell=sh disable=SC2154
new_file "$path"
last=$(tail -n 1 "$path")
awk -v begin="$begin" -v end="$end" '
    $0 == begin { if (inside) print held; held = $0; inside = 1; next }
    inside { held = held "\n" $0; if ($0 == end) inside = 0; next }
    { print }
    END { if (inside) print held }' "$path" >"$new"
if [ "$last" = "$end" ] && noted newline "$path"; then without_end "$new"; fi
replace_file "$path"
