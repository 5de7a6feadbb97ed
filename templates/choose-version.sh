# Names GlusterFS's packages in the wanted version: 11 stands for every 11.1 and 11.2, 11.1 for every release of 11.1. If the
# package manager knows no such version, also not after the lists were fetched, nothing is installed.
# Set before: packages, gluster (those of them that have GlusterFS's version), version.
# shellcheck shell=sh disable=SC2154,SC2086
found() { versions "$1" | awk -v wanted="$version" '$1 == wanted || index($1, wanted ".") == 1 || index($1, wanted "-") == 1' | head -n 1; }
chosen=
fetched=
for package in $packages; do
    case " $(printf '%s ' $gluster)" in *" $package "*) ;; *) chosen="$chosen $package"; continue ;; esac
    edition=$(found "$package")
    if [ -z "$edition$fetched" ]; then
        fetched=yes
        refresh || exit
        edition=$(found "$package")
    fi
    if [ -z "$edition" ]; then
        echo "$manager offers no version $version of $package here; it offers: $(versions "$package" | tr '\n' ' ')" >&2
        echo "write one of these versions as gluster.version, or give the host a repository that has version $version" >&2
        exit 1
    fi
    chosen="$chosen $(exact "$package" "$edition")"
done
packages=$chosen
