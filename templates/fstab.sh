# Removes and adds lines of /etc/fstab; all other lines stay as they are.
# Set before: points, drop, add.
# shellcheck shell=sh disable=SC2154
for point in $points; do
    # A mount whose FUSE client died cannot even be looked at, but exists.
    grep -qF " $point " /proc/self/mountinfo || mkdir -p "$point"
done
new_file /etc/fstab
{
    # awk, not cat: it ends the last line if nobody did.
    if [ -z "$drop" ]; then awk 1 /etc/fstab; else grep -avxF -e "$drop" /etc/fstab || [ $? = 1 ]; fi
    [ -z "$add" ] || printf '%s\n' "$add"
} >"$new"
# A file that was wrong before is not made worse by the new lines; a file that was right stays right.
if findmnt --verify --tab-file /etc/fstab >/dev/null 2>&1; then findmnt --verify --tab-file "$new" >&2; fi
replace_file /etc/fstab
systemctl daemon-reload
