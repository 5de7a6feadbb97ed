# Reads the files of a directory of a volume, and prints a line for each that cannot be read, or whose content is not what
# was written: `NAME: FAILED` or `NAME: FAILED open or read`.
# Set before: dir, files (CHECKSUM, two spaces and NAME, a line each).
# shellcheck shell=sh disable=SC2154
cd "$dir" || exit 1
printf '%s\n' "$files" | sha256sum -c --quiet 2>/dev/null || :
