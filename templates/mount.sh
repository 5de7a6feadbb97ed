# start_mount UNIT PATH: mounts the file system that /etc/fstab (or another table, $fstab) names for the path, unless it is
# mounted: with systemd (/run/systemd/system exists, sd_booted(3)) by the mount unit, else by mount(8). `systemctl start`
# would only say where the errors are logged; unit_errors UNIT shows the errors.
# Set before: nothing.
# shellcheck shell=sh
start_mount() {
    if [ -z "${fstab:-}" ] && [ -d /run/systemd/system ]; then
        systemctl reset-failed "$1" 2>/dev/null || :
        systemctl start "$1" 2>/dev/null
    else
        grep -qF " $2 " /proc/self/mountinfo || mount -T "${fstab:-/etc/fstab}" "$2"
    fi
}
unit_errors() { [ -n "${fstab:-}" ] || journalctl -q -b -o cat -n 5 -u "$1" >&2 || :; }
