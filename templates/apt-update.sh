# Updates Gluster's packages on this host: fetches them first, then stops the bricks if the volumes can do without them,
# installs, and starts everything again; also if the installation fails. If there is nothing to install, and no process of
# glusterd or of a brick runs a file that was replaced, nothing is stopped. Packages that were on hold stay on hold, in
# their new version. A mount goes on with the old version of the client until it is made anew.
# Set before: packages (of this host), version (or nothing, for the newest), volumes (with bricks on this host).
# shellcheck shell=sh disable=SC2154,SC2086
apt() {
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-install-recommends \
        --allow-change-held-packages "$@"
}
apt_lists || exit
# Gluster's packages and its libraries have one version, and go together.
wanted=
for package in $packages $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'glusterfs-*' 'libgf*' 'libgluster*' \
    2>/dev/null | sed -n 's/^installed //p'); do
    case " $wanted " in *" $package "* | *" $package="*) continue ;; esac
    # Only Gluster's own packages have Gluster's version.
    case $package:$version in
    glusterfs-*:?* | libgf*:?* | libgluster*:?*)
        found=$(edition "$package")
        if [ -z "$found" ]; then
            echo "apt knows no version $version of $package; it knows:" \
                "$(versions "$package" | sort -u | tr '\n' ' ')" >&2
            exit 1
        fi
        wanted="$wanted $(exact "$package" "$found")"
        ;;
    *) wanted="$wanted $package" ;;
    esac
done
said=$(apt -s install $wanted)
change=
! printf '%s\n' "$said" | grep -qE '^(Inst|Remv|Conf) ' || change=yes
if printf '%s\n' "$said" | grep -E '^Remv '; then
    echo "apt would remove packages; nothing was changed" >&2
    exit 1
fi
if [ -z "$change$reboot" ] && ! runs_replaced; then
    echo "nothing to update: $wanted"
    start_again
    exit 0
fi
[ -z "$change" ] || apt -d install $wanted
held=$(apt-mark showhold)
if [ "$role" = server ]; then
    with_leave $volumes
    stop_gluster
fi
status=0
[ -z "$change" ] || apt install $wanted || status=$?
[ -z "$held" ] || apt-mark hold $held >/dev/null || status=$?
finish_update "$status"
