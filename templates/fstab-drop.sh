# Takes lines out of /etc/fstab; all other lines stay as they are. A last line that had no end before glusterctl wrote
# below it has none afterwards.
# Set before: drop.
# shellcheck shell=sh disable=SC2154
new_file /etc/fstab
last=$(tail -n 1 /etc/fstab)
grep -avxF -e "$drop" /etc/fstab >"$new" || [ $? = 1 ]
if printf '%s\n' "$drop" | grep -qxF -e "$last" && noted newline /etc/fstab; then without_end "$new"; fi
replace_file /etc/fstab
systemctl daemon-reload
