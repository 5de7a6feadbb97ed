# shellcheck disable=SC2043 # as many as this machine has
# Boots the stand-in @HOST@, and boots it again whenever it asks for that. Written and run by glusterctl.
set -eu
umask 022
cd @DIRECTORY@

if [ "${1-}" != again ]; then
    # Into the cgroup first, so that everything from here on is found there.
    for cgroup in @CGROUPS@; do
        echo $$ >"$cgroup/cgroup.procs"
    done
    # In a mount namespace of its own: the mounts are gone with the last process, however it ends.
    exec setsid --fork unshare --mount --propagation slave sh boot.sh again
fi

mount -t overlay -o lowerdir=@LAYERS@,upperdir=upper,workdir=work overlay merged
# Copies of two device nodes, because the host may change their modes.
mount -t tmpfs -o mode=755,size=4m volatile volatile
cp -a /dev/autofs /dev/fuse volatile
chmod 666 volatile/fuse

# systemd-nspawn(1), "ENVIRONMENT" in the source tree's docs/ENVIRONMENT.md: cgroup v2 inside; /sys and /proc/sys writable,
# without which systemd runs no udev and has no device units; no lock file that outlives a kill.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=1 SYSTEMD_NSPAWN_LOCK=0 TERM=dumb
while :; do
    echo "--- @HOST@ boots, $(date -u +%Y-%m-%dT%H:%M:%SZ)"
    # Without this file, systemd (sd-device/device-monitor.c) takes it that no udev will ever run in a container, and
    # has no device units. udev replaces it.
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
    # What systemd-nspawn returns when the host wants to be booted again.
    [ "$status" = 133 ] || exit "$status"
    for cgroup in @CGROUPS@; do
        find "$cgroup" -mindepth 1 -depth -type d -exec rmdir {} + || :
    done
done
