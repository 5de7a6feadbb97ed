//! Contents of block devices: each kind is written by its own tools, or at least the bytes that libblkid looks at are
//! written. The places and magic numbers are those of util-linux 2.38, libblkid/src/superblocks/*.c and
//! libblkid/src/partitions/*.c, unless another source is given.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

/// A kind of content: its name, the function that writes the content, and the name that wipefs has for the content (empty,
/// if wipefs does not know the content).
pub struct Kind {
    pub name: &'static str,
    pub write: fn(&Disk),
    pub known_as: &'static str,
}

/// A device being written.
pub struct Disk<'p> {
    pub path: &'p Path,
    pub bytes: u64,
    file: File,
}

pub const KINDS: [Kind; 31] = [
    kind("xfs", "xfs", |disk| disk.run("mkfs.xfs", &["-q", "-f"])),
    // Another cluster's brick: the label is ours, the UUID is not.
    kind("other-brick", "xfs", |disk| {
        disk.run("mkfs.xfs", &["-q", "-f", "-L", "glusterctl"])
    }),
    kind("ext2", "ext2", |disk| disk.run("mkfs.ext2", &["-q", "-F"])),
    kind("ext3", "ext3", |disk| disk.run("mkfs.ext3", &["-q", "-F"])),
    kind("ext4", "ext4", |disk| disk.run("mkfs.ext4", &["-q", "-F"])),
    kind("swap", "swap", |disk| disk.run("mkswap", &["-q"])),
    kind("hibernation", "swsuspend", |disk| disk.put(4086, b"S1SUSPEND")),
    kind("btrfs", "btrfs", btrfs),
    kind("vfat", "vfat", vfat),
    kind("ntfs", "ntfs", ntfs),
    kind("iso9660", "iso9660", |disk| disk.put(32_768, b"\x01CD001\x01")),
    kind("squashfs", "squashfs", |disk| {
        disk.put(0, &with(96, &[(0, b"hsqs"), (28, &[4, 0])]))
    }),
    kind("f2fs", "f2fs", |disk| {
        disk.put(
            1024,
            &with(96, &[(0, &0xF2F5_2010_u32.to_le_bytes()), (4, &[1, 0, 14, 0])]),
        )
    }),
    kind("lvm", "LVM2_member", lvm),
    kind("md", "linux_raid_member", md),
    kind("md-0.90", "linux_raid_member", |disk| {
        disk.put(
            (disk.bytes & !0xffff) - 65_536,
            &with(16, &[(0, &0xa92b_4efc_u32.to_le_bytes()), (8, &90_u32.to_le_bytes())]),
        )
    }),
    kind("luks1", "crypto_LUKS", |disk| {
        disk.put(
            0,
            &with(
                592,
                &[
                    (0, b"LUKS\xba\xbe\0\x01"),
                    (168, b"5e126a43-7588-428c-b899-5a85e8ae408c"),
                ],
            ),
        )
    }),
    kind("luks2", "crypto_LUKS", |disk| {
        disk.put(
            0,
            &with(
                592,
                &[
                    (0, b"LUKS\xba\xbe\0\x02"),
                    (168, b"5e126a43-7588-428c-b899-5a85e8ae408c"),
                ],
            ),
        )
    }),
    kind("zfs", "zfs_member", zfs),
    kind("bcache", "bcache", bcache),
    kind("bluestore", "ceph_bluestore", |disk| {
        disk.put(0, b"bluestore block device")
    }),
    kind("drbd", "drbd", |disk| {
        disk.put(disk.bytes - 4096 + 60, &0x8374_026b_u32.to_be_bytes())
    }),
    kind("gpt", "gpt", |disk| {
        disk.gpt(1);
        disk.gpt(disk.bytes / 512 - 1);
        disk.mbr(0xee);
    }),
    kind("gpt-backup-only", "gpt", |disk| disk.gpt(disk.bytes / 512 - 1)),
    kind("mbr", "dos", |disk| disk.mbr(0x83)),
    kind("random-head", "", |disk| disk.random(0, 1 << 20)),
    kind("random-tail", "", |disk| disk.random(disk.bytes - 65_536, 65_536)),
    kind("random-middle", "", random_middle),
    kind("one-byte-at-the-start", "", |disk| disk.put(700, b"x")),
    kind("one-byte-at-the-end", "", |disk| disk.put(disk.bytes - 1, b"x")),
    // Two contents that contradict each other.
    kind("ext4-and-gpt", "ext4", |disk| {
        disk.run("mkfs.ext4", &["-q", "-F"]);
        disk.gpt(disk.bytes / 512 - 1);
    }),
];

const fn kind(name: &'static str, known_as: &'static str, write: fn(&Disk)) -> Kind {
    Kind { name, write, known_as }
}

impl<'p> Disk<'p> {
    /// The device at a path.
    pub fn open(path: &'p Path) -> Self {
        use std::io::{Seek, SeekFrom};
        let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
        let bytes = file.seek(SeekFrom::End(0)).unwrap();
        Disk { path, bytes, file }
    }

    /// Writes bytes.
    pub fn put(&self, at: u64, bytes: &[u8]) {
        self.file.write_all_at(bytes, at).unwrap();
    }

    /// Runs a program with the device as its last argument.
    pub fn run(&self, program: &str, arguments: &[&str]) {
        let output = Command::new(program).args(arguments).arg(self.path).output().unwrap();
        assert!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Waits until every write has reached the device.
    pub fn sync(&self) {
        self.file.sync_all().unwrap();
    }

    /// Writes pseudo-random bytes, which no tool recognises.
    fn random(&self, at: u64, length: usize) {
        let mut state = at ^ 0x9e37_79b9_7f4a_7c15;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            // xorshift64
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .take(length)
        .collect();
        self.put(at, &bytes);
    }

    /// A GPT header at that sector, without partitions (UEFI 2.10, 5.3.2).
    fn gpt(&self, sector: u64) {
        let last = self.bytes / 512 - 1;
        let table = if sector == 1 { 2 } else { last - 32 };
        let mut header = with(
            92,
            &[
                (0, b"EFI PART\0\0\x01\0"),
                (12, &92_u32.to_le_bytes()),
                (24, &sector.to_le_bytes()),
                (32, &(if sector == 1 { last } else { 1 }).to_le_bytes()),
                (40, &34_u64.to_le_bytes()),
                (48, &(last - 33).to_le_bytes()),
                (56, b"0123456789abcdef"),
                (72, &table.to_le_bytes()),
                (80, &128_u32.to_le_bytes()),
                (84, &128_u32.to_le_bytes()),
                (88, &crc32(0, &[0; 128 * 128]).to_le_bytes()),
            ],
        );
        let sum = crc32(0, &header);
        header[16..20].copy_from_slice(&sum.to_le_bytes());
        self.put(sector * 512, &header);
    }

    /// A partition table with one partition of the type `kind`, from sector 2048 on.
    fn mbr(&self, kind: u8) {
        let sectors = u32::try_from(self.bytes / 512 - 2048).unwrap();
        self.put(
            446,
            &with(
                66,
                &[
                    (4, &[kind]),
                    (8, &2048_u32.to_le_bytes()),
                    (12, &sectors.to_le_bytes()),
                    (64, b"\x55\xaa"),
                ],
            ),
        );
    }
}

/// Zeros, with these bytes at these places.
fn with(length: usize, parts: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0; length];
    for (at, part) in parts {
        bytes[*at..at + part.len()].copy_from_slice(part);
    }
    bytes
}

/// CRC-32 as Ethernet, GPT and LVM compute the sum; LVM begins with another number.
fn crc32(begin: u32, bytes: &[u8]) -> u32 {
    !reflected(!begin, 0xedb8_8320, bytes)
}

fn reflected(begin: u32, polynomial: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(begin, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { sum >> 1 ^ polynomial } else { sum >> 1 }
        })
    })
}

/// CRC-32C (Castagnoli), as btrfs and XFS compute the sum.
pub fn crc32c(bytes: &[u8]) -> u32 {
    !reflected(!0, 0x82f6_3b78, bytes)
}

/// btrfs.c: the superblock is at 64 KiB; its sum covers every byte after the sum.
fn btrfs(disk: &Disk) {
    let mut block = with(
        4096,
        &[
            (32, b"0123456789abcdef"),
            (64, b"_BHRfS_M"),
            (0x70, &disk.bytes.to_le_bytes()),
            (0x90, &4096_u32.to_le_bytes()),
        ],
    );
    let sum = crc32c(&block[32..]);
    block[..4].copy_from_slice(&sum.to_le_bytes());
    disk.put(65_536, &block);
}

/// vfat.c: FAT16.
fn vfat(disk: &Disk) {
    disk.put(
        0,
        &with(
            512,
            &[
                (0, b"\xeb\x3c\x90MSDOS5.0"),
                (11, &512_u16.to_le_bytes()),
                (13, &[16, 1, 0, 2]),
                (17, &512_u16.to_le_bytes()),
                (21, &[0xf8]),
                (22, &160_u16.to_le_bytes()),
                (32, &600_000_u32.to_le_bytes()),
                (38, &[0x29]),
                (54, b"FAT16   "),
                (510, b"\x55\xaa"),
            ],
        ),
    );
}

/// ntfs.c: the first two records of the master file table begin with FILE.
fn ntfs(disk: &Disk) {
    disk.put(
        0,
        &with(
            512,
            &[
                (3, b"NTFS    "),
                (11, &512_u16.to_le_bytes()),
                (13, &[8]),
                (21, &[0xf8]),
                (40, &600_000_u64.to_le_bytes()),
                (48, &4_u64.to_le_bytes()),
                (56, &8_u64.to_le_bytes()),
                (64, &[0xf6]),
                (68, &[1]),
                (510, b"\x55\xaa"),
            ],
        ),
    );
    for record in [4 * 4096, 4 * 4096 + 1024, 4 * 4096 + 3 * 1024] {
        disk.put(record, b"FILE");
    }
}

/// lvm.c: a label in the second sector; its sum covers every byte after the sum.
fn lvm(disk: &Disk) {
    let mut label = with(
        512,
        &[
            (0, b"LABELONE"),
            (8, &1_u64.to_le_bytes()),
            (20, &32_u32.to_le_bytes()),
            (24, b"LVM2 001"),
            (32, b"tDSnHeRfzBMrERbS9sYxgwL6TeBuAScY"),
        ],
    );
    let sum = reflected(0xf597_a6cf, 0xedb8_8320, &label[20..]);
    label[16..20].copy_from_slice(&sum.to_le_bytes());
    disk.put(512, &label);
}

/// linux_raid.c: version 1.2, at 4 KiB.
fn md(disk: &Disk) {
    disk.put(
        4096,
        &with(
            256,
            &[
                (0, &0xa92b_4efc_u32.to_le_bytes()),
                (4, &1_u32.to_le_bytes()),
                (16, b"0123456789abcdef"),
                (144, &8_u64.to_le_bytes()),
            ],
        ),
    );
}

/// zfs.c: at least four uberblocks in the labels.
fn zfs(disk: &Disk) {
    for uberblock in 0..8 {
        disk.put(
            131_072 + uberblock * 1024,
            &with(16, &[(0, &0x00ba_b10c_u64.to_le_bytes()), (8, &5000_u64.to_le_bytes())]),
        );
    }
}

/// bcache.c: the superblock has its own position, in sectors, and ends with a checksum, which is left out here.
fn bcache(disk: &Disk) {
    let magic = [
        0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81,
    ];
    disk.put(4096, &with(208, &[(8, &8_u64.to_le_bytes()), (24, &magic)]));
}

/// Some bytes in one of the places between the ends of the device that `blank` in templates/blank.sh reads.
fn random_middle(disk: &Disk) {
    let last = disk.bytes / (1 << 20) - 1;
    disk.random((last / 32 + 1) * 17 * (1 << 20) + 4321, 512);
}
