# Reads the files of a directory of a volume again and again, and tells of each: `try` when the read begins, then `done`,
# `different` with the file's name if the content is not what was written, or `failed` with words. The script waits until
# the volume is mounted, and ends when nobody reads what it tells.
# Set before: mount (of the volume), dir (the directory), files (CHECKSUM:NAME, a line each), pause (in seconds).
# shellcheck shell=sh disable=SC2154
until findmnt -n -t fuse.glusterfs -M "$mount" >/dev/null; do sleep "$pause"; done
while :; do
    for file in $files; do
        echo try
        if said=$(sha256sum "$dir/${file#*:}" 2>&1); then
            if [ "${said%% *}" = "${file%%:*}" ]; then echo "done"; else echo "different ${file#*:}"; fi
        else
            echo "failed $(printf '%s' "$said" | tr '\n' ' ')"
        fi
        sleep "$pause"
    done
done
