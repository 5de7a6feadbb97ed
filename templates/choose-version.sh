# Names GlusterFS's packages in the wanted version. If the package manager knows no such version, also not after the lists were
# fetched, nothing is installed.
# Set before: packages, gluster (those of them that have GlusterFS's version), version.
# shellcheck shell=sh disable=SC2154,SC2086
chosen=
fetched=
for package in $packages; do
    case " $(printf '%s ' $gluster)" in *" $package "*) ;; *) chosen="$chosen $package"; continue ;; esac
    found=$(edition "$package")
    if [ -z "$found$fetched" ]; then
        fetched=yes
        refresh || exit
        found=$(edition "$package")
    fi
    if [ -z "$found" ]; then
        echo "$manager offers no version $version of $package here; it offers: $(versions "$package" | tr '\n' ' ')" >&2
        echo "write one of these versions as gluster.version, or give the host a repository that has version $version" >&2
        exit 1
    fi
    chosen="$chosen $(exact "$package" "$found")"
done
packages=$chosen
