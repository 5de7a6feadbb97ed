# shellcheck disable=SC2043 # a machine may have one cgroup hierarchy or two
# Boots the stand-in @HOST@, and boots it again after each reboot. Written and run by glusterctl.
set -eu
umask 022
cd @DIRECTORY@

if [ "${1-}" != again ]; then
    # This shell enters the cgroup first, so that all processes that it starts are in the cgroup.
    for cgroup in @CGROUPS@; do
        echo $$ >"$cgroup/cgroup.procs"
    done
    # This is a host from here on, and not a program that `lab down` waits for.
    unset GLUSTERCTL_LAB_STARTED_BY
    # In a mount namespace of its own, the mounts end with the last process, however that process ends.
    exec setsid --fork unshare --mount --propagation slave sh boot.sh again
fi

mount -t overlay -o lowerdir=@LAYERS@,upperdir=upper,workdir=work overlay merged
# The stand-in gets copies of two device nodes, because it may change their modes.
mount -t tmpfs -o mode=755,size=4m volatile volatile
cp -a /dev/autofs /dev/fuse volatile
chmod 666 volatile/fuse

# systemd-nspawn(1), "ENVIRONMENT" in the source tree's docs/ENVIRONMENT.md: cgroup v2 inside; /sys and /proc/sys writable,
# without which systemd runs no udev and has no device units; no lock file that outlives a kill.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 SYSTEMD_NSPAWN_LOCK=0 TERM=dumb
while :; do
    echo "--- @HOST@ boots, $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    # Without this file, systemd (sd-device/device-monitor.c) concludes that no udev will ever run in a container, and
    # makes no device units. udev replaces the file.
    rm -rf volatile/udev
    mkdir volatile/udev
    : >volatile/udev/control
    status=0
    systemd-nspawn --quiet --boot --settings=no --register=no --keep-unit --machine=@MACHINE@ --hostname=@HOST@ \
        --directory=@DIRECTORY@/merged --network-namespace-path=@NAMESPACE@ --capability=all --console=read-only \
        --resolv-conf=off --timezone=off --link-journal=no \
        --bind=@DIRECTORY@/volatile/udev:/run/udev \
        --bind=@DIRECTORY@/volatile/autofs:/dev/autofs --bind=@DIRECTORY@/volatile/fuse:/dev/fuse || status=$?
    echo "--- @HOST@ went down, status $status"
    # systemd-nspawn returns 133 when the stand-in reboots.
    [ "$status" = 133 ] || exit "$status"
    for cgroup in @CGROUPS@; do
        find "$cgroup" -mindepth 1 -depth -type d -exec rmdir {} + || :
    done
done
