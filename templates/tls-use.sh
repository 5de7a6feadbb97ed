# Lets this host use its next key and certificate, which all hosts trust already. Connections that exist go on; a connection
# that begins between the two renames is tried again by Gluster. Prints the certificate's fingerprint.
# Set before: nothing.
# shellcheck shell=sh
directory=$(tls_place)
for kind in key pem; do
    [ ! -e "$directory/glusterfs-next.$kind" ] || mv "$directory/glusterfs-next.$kind" "$directory/glusterfs.$kind"
done
sync "$directory"
openssl x509 -in "$directory/glusterfs.pem" -noout -fingerprint -sha256
