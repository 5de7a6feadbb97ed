# Writes file after file below a directory of a volume, and tells of each: `try` when the write begins, then `done` with the
# checksum and the file's name, or `failed` with words. A file gets its name once its content is on stable storage. The
# script waits until the volume is mounted, and ends when nobody reads what it tells.
# Set before: mount (of the volume), dir (the directory), name (of the files, before a number), pause (in seconds).
# shellcheck shell=sh disable=SC2154
until findmnt -n -t fuse.glusterfs -M "$mount" >/dev/null; do sleep "$pause"; done
# Each volume has a program of its own on the host.
own=/run/$name.$$
number=0
while :; do
    number=$((number + 1))
    head -c 16384 /dev/urandom >"$own"
    sum=$(sha256sum <"$own")
    echo try
    if said=$({ dd if="$own" of="$dir/.$name-$number" conv=fsync status=none &&
        mv "$dir/.$name-$number" "$dir/$name-$number"; } 2>&1); then
        echo "done ${sum%% *} $name-$number"
    else
        echo "failed $(printf '%s' "$said" | tr '\n' ' ')"
    fi
    sleep "$pause"
done
