# Removes and adds lines of /etc/fstab (or of another table, $fstab); all other lines stay as they are.
# Set before: points, drop, add.
# shellcheck shell=sh disable=SC2154
fstab=${fstab:-/etc/fstab}
for point in $points; do
    # The mount point of a volume whose FUSE client died exists, but stat fails there.
    grep -qF " $point " /proc/self/mountinfo || make_directory "$point"
done
new_file "$fstab"
{
    # awk, not cat: awk adds a missing newline to the last line.
    if [ -z "$drop" ]; then awk 1 "$fstab"; else grep -avxF -e "$drop" "$fstab" || [ $? = 1 ]; fi
    [ -z "$add" ] || printf '%s\n' "$add"
} >"$new"
# If the old file passes findmnt's checks, the new file has to pass them, too. Mistakes in old lines are no reason to
# fail.
if findmnt --verify --tab-file "$fstab" >/dev/null 2>&1; then findmnt --verify --tab-file "$new" >&2; fi
replace_file "$fstab"
systemctl daemon-reload
