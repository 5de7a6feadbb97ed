# Writes a file for systemd.
# Set before: path, mode, text.
# shellcheck shell=sh disable=SC2154
make_directory "${path%/*}"
new_file "$path"
printf '%s\n' "$text" >"$new"
# The new file gets the mode of the old one: no crash leaves the new text with another mode.
chmod "$mode" "$path"
replace_file "$path"
