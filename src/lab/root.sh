# Finishes the root file system of the stand-ins, given as $1. Run by mmdebstrap (customize hook); part of the recipe.
set -eu
root=$1
shift # what is left: the packages to have at hand

# Installing these works offline, with the real apt-get and dpkg.
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get clean
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -o APT::Install-Recommends=true --yes --quiet --download-only install "$@"
cat >"$root/etc/apt/apt.conf.d/90lab" <<END
// There is no network: apt-get update gives up at once and keeps the lists.
Acquire::Retries "0";
END
# Proves that nothing is missing, and leaves apt's own cache up to date.
chroot "$root" apt-get --yes --quiet --no-download --download-only install "$@" >/dev/null

# The kernel is this machine's: what a host would set, load, mount or store in it is left alone.
for unit in \
    systemd-sysctl.service systemd-modules-load.service systemd-binfmt.service systemd-pstore.service \
    systemd-random-seed.service systemd-hwdb-update.service systemd-networkd-wait-online.service \
    kmod-static-nodes.service proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount \
    sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount run-rpc_pipefs.mount \
    console-getty.service getty@.service getty-static.service serial-getty@.service \
    e2scrub_reap.service e2scrub_all.timer fstrim.timer apt-daily.timer apt-daily-upgrade.timer \
    dpkg-db-backup.timer man-db.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# systemd runs its generators at each boot and each daemon-reload. A stand-in has a use for three: for /etc/fstab, for
# /etc/rc.local, and for services that have no unit of their own.
mkdir -p "$root/etc/systemd/system-generators"
for generator in "$root"/usr/lib/systemd/system-generators/*; do
    case ${generator##*/} in
        systemd-fstab-generator | systemd-rc-local-generator | systemd-sysv-generator) ;;
        *) ln -s /dev/null "$root/etc/systemd/system-generators/${generator##*/}" ;;
    esac
done

# udev shares the kernel's devices with the machine and with other stand-ins: it keeps to block devices, and to the rules
# that neither change a device nor its node.
for rules in "$root"/lib/udev/rules.d/*.rules; do
    case ${rules##*/} in
        60-block.rules | 60-persistent-storage.rules | 99-systemd.rules) ;;
        *) ln -s /dev/null "$root/etc/udev/rules.d/${rules##*/}" ;;
    esac
done

cat >"$root/etc/ssh/sshd_config.d/lab.conf" <<END
HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
END
rm -f "$root"/etc/ssh/ssh_host_*

cat >"$root/etc/fstab" <<END
# /etc/fstab: static file system information.
#
# <file system> <mount point>   <type>  <options>       <dump>  <pass>
tmpfs           /srv/scratch    tmpfs   nosuid,nodev,size=16m 0 0
END
mkdir -p "$root/srv/scratch"

# Every stand-in gets its own.
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/var/lib/dbus/machine-id"
echo '# no name servers here' >"$root/etc/resolv.conf"
: >"$root/etc/machine-id"
ln -s /etc/machine-id "$root/var/lib/dbus/machine-id"
