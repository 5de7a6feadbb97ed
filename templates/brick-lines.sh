# brick_lines: prints the UUID and the mount point of each file system of bricks in /etc/fstab, a line each: of the file
# systems that glusterd waits for.
# Set before: nothing.
# shellcheck shell=sh
brick_lines() {
    awk '/^[ \t]*UUID=/ && ("," $4 ",") ~ /,x-systemd\.before=glusterd\.service,/ {
        gsub(/"/, "", $1)
        print tolower(substr($1, 6)), $2
    }' /etc/fstab
}
