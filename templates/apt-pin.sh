# Keeps GlusterFS at a version, whatever newer versions apt knows.
# Set before: path, text.
# shellcheck shell=sh disable=SC2154
new_file "$path"
printf '%s\n' "$text" >"$new"
replace_file "$path"
chmod 644 "$path"
