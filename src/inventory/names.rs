//! Names that must not be mixed up. Only a parser that checks a name makes the name's type, so that code with a value
//! of the type may put the name into a command, an fstab line or a manifest (quoted all the same).

use std::fmt;
use std::net::Ipv4Addr;

use super::paths;

/// Why a name was refused: what is wrong with the name, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused(why.into()))
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text` and wraps the text.
            ///
            /// # Errors
            /// The text is no such name; the error says what is wrong and what would be right.
            pub fn parse(text: &str) -> Result<Self, Refused> {
                let check: fn(&str) -> Result<(), Refused> = $check;
                check(text).map(|()| Self(text.to_owned()))
            }

            /// A default, whose text is part of the program and known to be right.
            #[allow(dead_code, reason = "not every name has a default")]
            pub(in crate::inventory) fn preset(text: &str) -> Self {
                debug_assert!(Self::parse(text).is_ok(), "{text:?}");
                Self(text.to_owned())
            }

            /// The checked text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Refused;
            fn try_from(text: String) -> Result<Self, Refused> {
                Self::parse(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Refused;
            fn from_str(text: &str) -> Result<Self, Refused> {
                Self::parse(text)
            }
        }
    };
}

pub(super) use name;

name!(
    /// The cluster's name: part of every brick's identity. An RFC 1123 label.
    ClusterName,
    |text| label(text, "a cluster name")
);
name!(
    /// The name that Gluster knows a host by and that every node resolves. An RFC 1123 name in lower case.
    HostName,
    host_name
);
name!(
    /// A failure domain, for example a rack: replicas of one set avoid sharing a zone. An RFC 1123 label.
    Zone,
    |text| label(text, "a zone")
);
name!(
    /// A volume's name, as Gluster takes it: letters, digits, `-` and `_`.
    VolumeName,
    volume_name
);
name!(
    /// An absolute path below `/dev` that names a block device. Only [`BrickDirectory`] makes another path of it: where somebody
    /// else mounts a brick's file system.
    DevicePath,
    paths::device
);
name!(
    /// The directory at which somebody else mounts the file system of a brick: `/bricks/NAME`, as for every brick that is
    /// called so.
    BrickDirectory,
    brick_directory
);
name!(
    /// The name of a brick's file system on its host, for example `vdb`: part of the file system's UUID and mount
    /// point.
    BrickName,
    brick_name
);
name!(
    /// The directory of a brick that glusterctl did not make, for example `/mnt/glusterVolume0`.
    BrickDir,
    brick_dir
);
name!(
    /// Where the file system of a brick is mounted that glusterctl did not make; `/` for the root file system.
    BrickMount,
    |text| paths::normalized(text, "a mount point")
);
name!(
    /// The UUID of a file system, as blkid prints the UUID.
    FileSystemUuid,
    file_system_uuid
);
name!(
    /// Where a volume is mounted on a node: a normalized absolute path outside the system's own directories.
    MountPath,
    paths::mount_point
);
name!(
    /// A mount option of a volume, for example `noatime` or `log-level=WARNING`.
    MountOption,
    paths::mount_option
);

const LABEL_MAX: usize = 63;
const HOST_NAME_MAX: usize = 64; // HOST_NAME_MAX of Linux, hostname(7)

pub(super) fn label(text: &str, what: &str) -> Result<(), Refused> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() {
        return refuse(format!("{what} must not be empty"));
    }
    if text.len() > LABEL_MAX {
        return refuse(format!("{what} has at most {LABEL_MAX} characters"));
    }
    if !text.chars().all(allowed) || text.starts_with('-') || text.ends_with('-') {
        return refuse(format!(
            "{what} consists of a-z, 0-9 and '-', and neither begins nor ends with '-'"
        ));
    }
    Ok(())
}

pub(super) fn host_name(text: &str) -> Result<(), Refused> {
    if text.len() > HOST_NAME_MAX {
        return refuse(format!("a host name has at most {HOST_NAME_MAX} characters"));
    }
    for part in text.split('.') {
        label(part, "each part of a host name")?;
    }
    if text == "localhost" || text.starts_with("localhost.") {
        return refuse("every host calls itself localhost; give the host a name of its own");
    }
    if text.parse::<Ipv4Addr>().is_ok() || text.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return refuse("a host name is not an address or a number; Gluster would record the name as an address");
    }
    Ok(())
}

// GlusterFS: cli_cmd_volume_create_parse and glusterd_is_valid_volfpath allow these characters.
fn volume_name(text: &str) -> Result<(), Refused> {
    const MAX: usize = 63;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > MAX {
        return refuse(format!("a volume name has 1 to {MAX} characters"));
    }
    if !text.chars().all(allowed) || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return refuse("a volume name consists of letters, digits, '-' and '_', and begins with a letter or digit");
    }
    if text == "all" {
        return refuse("Gluster keeps the name 'all' for itself; choose another name");
    }
    Ok(())
}

// `gluster volume create` splits a brick at its last ':', so that the brick's path must not have any.
fn brick_name(text: &str) -> Result<(), Refused> {
    const MAX: usize = 200;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '=' | '@');
    if text.is_empty() || text.len() > MAX {
        return refuse(format!("a brick's name has 1 to {MAX} characters"));
    }
    if !text.chars().all(allowed) || text.starts_with(['-', '.']) {
        return refuse(
            "a brick's name consists of letters, digits and . _ - + = @, and does not begin with '-' or '.'",
        );
    }
    Ok(())
}

fn brick_dir(text: &str) -> Result<(), Refused> {
    paths::normalized(text, "a brick's directory")?;
    const SYSTEM: [&str; 4] = ["/dev", "/proc", "/run", "/sys"];
    let is_in = |dir: &&str| text == *dir || text.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
    if text == "/" || SYSTEM.iter().any(is_in) {
        return refuse("a brick is a directory of its own on a disk, for example /bricks/gv0");
    }
    match text.contains(':') {
        true => refuse("a brick's directory has no ':', because Gluster splits a brick at its last ':'"),
        false => Ok(()),
    }
}

fn brick_directory(text: &str) -> Result<(), Refused> {
    match text.strip_prefix("/bricks/") {
        Some(name) => brick_name(name),
        None => refuse("the file system of a brick is mounted at a directory in /bricks, for example /bricks/brick"),
    }
}

fn file_system_uuid(text: &str) -> Result<(), Refused> {
    const MAX: usize = 36;
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f' | '-');
    if text.is_empty() || text.len() > MAX || !text.chars().all(allowed) || text.starts_with('-') {
        return refuse("a file system's UUID is what `blkid -s UUID -o value DEVICE` prints, in lower case");
    }
    Ok(())
}

impl BrickDirectory {
    /// The name of the brick there.
    pub(in crate::inventory) fn brick(&self) -> BrickName {
        BrickName(self.0.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// The directory in the place of a device's path.
    pub(in crate::inventory) fn into_path(self) -> DevicePath {
        DevicePath(self.0)
    }
}

impl BrickName {
    /// The name of a brick that glusterctl did not make: the last component of the file system's mount point, or of the
    /// brick's directory if the brick is on the root file system.
    ///
    /// # Errors
    /// The last component is no brick's name.
    pub fn of_existing(mount: &BrickMount, dir: &BrickDir) -> Result<Self, Refused> {
        let path = if mount.as_str() == "/" {
            dir.as_str()
        } else {
            mount.as_str()
        };
        BrickName::parse(&path.rsplit('/').next().unwrap_or_default().replace(':', "-"))
    }

    /// The name of a brick whose device has no `name` in the inventory: the last component of the device's path, with
    /// `-` for each `:`.
    ///
    /// # Errors
    /// The last component is no brick's name, as in `/dev/...`.
    pub fn of_device(path: &DevicePath) -> Result<Self, Refused> {
        let last = path.as_str().rsplit('/').next().unwrap_or_default();
        BrickName::parse(&last.replace(':', "-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_break_out_of_a_command_or_file_is_no_name() {
        for hostile in [
            "",
            "-rf",
            "a b",
            "a'b",
            "a\"b",
            "$(reboot)",
            "`id`",
            "a\nb",
            "a;b",
            "a\\040b",
            "ä",
            "a\0b",
            "a,b",
            "#a",
        ] {
            assert!(HostName::parse(hostile).is_err(), "{hostile:?}");
            assert!(ClusterName::parse(hostile).is_err(), "{hostile:?}");
            assert!(VolumeName::parse(hostile).is_err(), "{hostile:?}");
            assert!(MountOption::parse(hostile).is_err(), "{hostile:?}");
            assert!(DevicePath::parse(&format!("/dev/{hostile}")).is_err(), "{hostile:?}");
            assert!(MountPath::parse(&format!("/data/{hostile}")).is_err(), "{hostile:?}");
        }
    }

    #[test]
    fn an_address_is_not_a_host_name() {
        for bad in ["198.51.100.1", "12", "localhost", "Kube1"] {
            assert!(HostName::parse(bad).is_err(), "{bad}");
        }
        assert!(HostName::parse("kube1.example").is_ok());
    }
}
