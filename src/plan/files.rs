//! Scripts that replace a file on a host: a crash leaves the old file or the new one, never a part of either. Pure.

use crate::shell;

/// A script that writes what `produce` prints on standard output to `path`. `produce` may read the old file;
/// `check` runs before the replacement, with the new file's path in `$new`, and must succeed.
pub fn replace(path: &str, produce: &str, check: &str) -> String {
    let directory = path.rsplit_once('/').map_or("/", |(directory, _)| directory);
    let (path, directory) = (shell::quote(path), shell::quote(directory));
    let check = if check.is_empty() {
        String::new()
    } else {
        format!("{check}\n")
    };
    format!(
        "[ -e {path} ] || : >{path}\n\
         new=$(mktemp {path}.glusterctl.XXXXXX)\n\
         trap 'rm -f \"$new\"' EXIT\n\
         {produce} >\"$new\"\n\
         chmod --reference={path} \"$new\"\n\
         chown --reference={path} \"$new\"\n\
         {check}\
         sync \"$new\"\n\
         mv \"$new\" {path}\n\
         sync {directory}"
    )
}
