# Writes the block of names to a file. Lines outside the block stay as they are, byte for byte. Lines after a begin
# without an end, or before another begin, are no block and stay, too: the file may have changed since the plan.
# Set before: path, begin, end, block.
# shellcheck shell=sh disable=SC2154
new_file "$path"
{
    awk -v begin="$begin" -v end="$end" '
        $0 == begin { if (inside) print held; held = $0; inside = 1; next }
        inside { held = held "\n" $0; if ($0 == end) inside = 0; next }
        { print }
        END { if (inside) print held }' "$path"
    printf '%s\n' "$block"
} >"$new"
replace_file "$path"
