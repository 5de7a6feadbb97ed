# Writes a file for systemd.
# Set before: path, text.
# shellcheck shell=sh disable=SC2154
make_directory "${path%/*}"
new_file "$path"
printf '%s\n' "$text" >"$new"
replace_file "$path"
chmod 644 "$path"
