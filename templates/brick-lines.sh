# brick_lines: prints the identity (see holds) and the mount point of each file system of bricks in /etc/fstab (or another
# table, $fstab), a line each: of the file systems that glusterd waits for.
# Set before: nothing.
# shellcheck shell=sh
brick_lines() {
    awk '/^[ \t]*(UUID=|\/dev\/)/ && ("," $4 ",") ~ /,x-systemd\.before=glusterd\.service,/ {
        gsub(/"/, "", $1)
        print $1 ~ /^UUID=/ ? tolower(substr($1, 6)) : $1, $2
    }' "${fstab:-/etc/fstab}"
}
