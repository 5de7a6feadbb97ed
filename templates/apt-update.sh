# Updates Gluster's packages on this host: fetches them first, then stops the bricks if the volumes can do without them,
# installs, and starts everything again; also if the installation fails. If there is nothing to install, and no process of
# glusterd or of a brick runs a file that was replaced, nothing is stopped. Packages that were on hold stay on hold, in
# their new version. A mount goes on with the old version of the client until it is made anew.
# Set before: packages (of this host), version (or nothing, for the newest), role (server or client), reboot (yes, or
# nothing), volumes (with bricks on this host), bricks (of started volumes).
# shellcheck shell=sh disable=SC2154,SC2086
apt() {
    apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold --no-install-recommends \
        --allow-change-held-packages "$@"
}
# runs_replaced: whether glusterd or a brick runs a file that was replaced since the process began.
runs_replaced() {
    for process in /proc/[0-9]*; do
        case $(cat "$process/comm" 2>/dev/null) in
        glusterd | glusterfsd) if grep -qsE ' /(usr/)?(s?bin|lib)/.* \(deleted\)$' "$process/maps"; then return 0; fi ;;
        esac
    done
    return 1
}
start_again() {
    [ "$role" = server ] || return 0
    systemctl reset-failed glusterd 2>/dev/null || :
    systemctl start glusterd
    wait_for_bricks
}
tries=150
until said=$(apt-get -q update 2>&1); do
    # apt-daily may hold the lock of the lists, for which apt-get does not wait.
    case $said in *"lock /var/lib/apt/lists/"*) tries=$((tries - 1)) ;; *) tries=0 ;; esac
    [ "$tries" != 0 ] || { printf '%s\n' "$said" >&2; exit 1; }
    sleep 2
done
# Gluster's packages and its libraries have one version, and go together.
wanted=
for package in $packages $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'glusterfs-*' 'libgf*' 'libglusterfs*' \
    2>/dev/null | sed -n 's/^installed //p'); do
    case " $wanted " in *" $package "* | *" $package="*) continue ;; esac
    case $package:$version in
    xfsprogs:?*) ;;
    *:) wanted="$wanted $package" ;;
    *)
        # 11.1 stands for any of Debian's revisions of 11.1.
        found=$(apt-cache madison "$package" | awk -v wanted="$version" \
            '$3 == wanted || index($3, wanted "-") == 1 { print $3; exit }')
        if [ -z "$found" ]; then
            echo "apt knows no version $version of $package; it knows:" \
                "$(apt-cache madison "$package" | awk '{ print $3 }' | sort -u | tr '\n' ' ')" >&2
            exit 1
        fi
        wanted="$wanted $package=$found"
        ;;
    esac
done
said=$(apt -s install $wanted)
change=
! printf '%s\n' "$said" | grep -qE '^(Inst|Remv|Conf) ' || change=yes
if printf '%s\n' "$said" | grep -E '^Remv '; then
    echo "apt would remove packages; nothing was changed" >&2
    exit 1
fi
if [ -z "$change" ] && ! runs_replaced; then
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
if [ "$status" = 0 ] && [ -n "$reboot" ]; then
    systemd-run -q --collect --on-active=1 systemctl reboot
    exit 0
fi
start_again || { [ "$status" != 0 ] || status=1; }
exit "$status"
