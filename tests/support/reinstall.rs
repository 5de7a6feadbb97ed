//! A host as it is after its operating system was installed anew.

/// Makes of a host what a new installation under its name is, with its old disks: no line, no unit, no state of Gluster.
pub const REINSTALL: &str = "\
systemctl -q disable --now gluster-mount@data; systemctl stop gluster-heal glusterd; pkill -9 gluster; sleep 0.5
umount -l /data; umount /bricks/vdb; chattr -i /data /bricks/vdb; rmdir /data /bricks/vdb /bricks
systemctl -q disable glusterd; cd /var/lib/glusterd && rm -rf glusterd.info peers vols options glustershd snaps
rm -rf /etc/glusterctl /etc/systemd/system/gluster*; : >/etc/fstab; echo 127.0.0.1 localhost >/etc/hosts
systemctl daemon-reload";

/// Makes a disk of a lab blank.
pub const BLANK: &str = "dd if=/dev/zero of=/dev/vdb bs=4M count=128 conv=fsync status=none";
