# Updates Gluster's packages on this host: fetches them first, then stops the bricks if the volumes can do without them,
# installs, and starts everything again; also if the installation fails. If there is nothing to install, and no process of
# glusterd or of a brick runs a file that was replaced, nothing is stopped. A mount goes on with the old version of the client
# until it is made anew.
# Set before: packages (of this host), version (or nothing, for the newest), volumes (with bricks on this host).
# shellcheck shell=sh disable=SC2154,SC2086
refresh || exit
# Gluster's packages and its libraries have one version, and go together.
wanted=""
done_with=""
for package in $packages $(rpm -qa --qf '%{NAME}\n' 'glusterfs*' 'libgf*' 'libgluster*' 'python3-gluster' | sort -u); do
    case " $wanted $done_with " in *" $package "*) continue ;; esac
    done_with="$done_with $package"
    # What has a version of its own is only installed, if it is missing.
    case $package in
    glusterfs-selinux) continue ;;
    glusterfs* | libgf* | libgluster* | python3-gluster) ;;
    *) rpm -q "$package" >/dev/null || wanted="$wanted $package"; continue ;;
    esac
    found=$(edition "$package")
    if [ -z "$found" ]; then
        echo "$manager knows no version $version of $package; it knows: $(versions "$package" | tr '\n' ' ')" >&2
        exit 1
    fi
    [ "$(rpm -q --qf '%{VERSION}-%{RELEASE}' "$package")" = "$found" ] || wanted="$wanted $(exact "$package" "$found")"
done
if [ -z "$wanted$reboot" ] && ! runs_replaced; then
    echo "nothing to update: $packages"
    start_again
    exit 0
fi
[ -z "$wanted" ] || fetch $wanted
if [ "$role" = server ]; then
    with_leave $volumes
    stop_gluster
fi
status=0
[ -z "$wanted" ] || get $wanted || status=$?
finish_update "$status"
