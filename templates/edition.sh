# edition PACKAGE: prints the newest edition of a package that the package manager knows and that is of the wanted version: 11
# stands for every 11.1 and 11.2, 11.1 for every release of 11.1, and nothing for any.
# Set before: version.
# shellcheck shell=sh disable=SC2154
edition() {
    versions "$1" | awk -v wanted="$version" \
        'wanted == "" || $1 == wanted || index($1, wanted ".") == 1 || index($1, wanted "-") == 1' | head -n 1
}
