# Installs packages on top of the stand-ins' root file system $1, as apt-get does on a stand-in; what it writes goes to
# $2/upper. Run by glusterctl, in namespaces of its own; part of the recipe.
set -eu
root=$1
cd "$2"
shift 2 # what is left: the packages

mkdir upper work merged
mount -t overlay -o "lowerdir=$root,upperdir=upper,workdir=work" overlay merged
mount --bind /dev merged/dev
mount -t proc proc merged/proc
# Nothing is started: this is no host yet.
printf '#!/bin/sh\nexit 101\n' >merged/usr/sbin/policy-rc.d
chmod +x merged/usr/sbin/policy-rc.d
DEBIAN_FRONTEND=noninteractive chroot merged apt-get --yes --quiet --no-download install "$@"
rm merged/usr/sbin/policy-rc.d
umount merged/proc merged/dev merged
rm -r work merged
