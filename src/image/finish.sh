# Finishes the image's root file system, given as $1: glusterctl runs there, and nothing is left that only one machine may have.
# Run by mmdebstrap as a customize hook.
set -eu
chmod 0755 "$1/usr/bin/glusterctl"
if ! chroot "$1" /usr/bin/glusterctl --version >/dev/null; then
    echo "this glusterctl does not run in the image; build a static one, and name it with --program:" >&2
    echo "rustup target add x86_64-unknown-linux-musl" >&2
    echo "cargo build --release --locked --target x86_64-unknown-linux-musl" >&2
    exit 1
fi
# glusterd gives itself an identity where it finds none.
rm -f "$1/var/lib/glusterd/glusterd.info"
rm -f "$1/etc/hostname" "$1/etc/resolv.conf"
