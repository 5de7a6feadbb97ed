//! What a script printed and how the script ended; and its standard input.

use std::convert::Infallible;
use std::future::pending;

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{RemoteError, refusal};
use crate::inventory::Become;

/// What a script printed and how the script ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The exit status; 124 when the limit ended the script.
    pub status: i32,
    /// Standard output; what is not UTF-8 is replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

/// The output of a command line that ended, unless sudo refused the `user` (if the inventory names the login).
pub(super) fn of(ended: std::process::Output, become_root: Become, user: Option<&str>) -> Result<Output, RemoteError> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stderr = text(&ended.stderr);
    if become_root == Become::Sudo
        && let Some(error) = refusal::explain_sudo(&stderr, user)
    {
        return Err(error);
    }
    Ok(Output {
        status: ended.status.code().unwrap_or(-1),
        stdout: text(&ended.stdout),
        stderr,
    })
}

/// No program of the command line was found on the host.
pub(super) fn no_program() -> RemoteError {
    RemoteError::new(
        "the login shell found no timeout or sh (or sudo) program",
        "install coreutils (and sudo, if the inventory says become: sudo) on the host",
    )
}

/// Writes a shell's standard input and ends it. Returns never: the command line's end is what counts, also when the
/// command line ends without reading its input, as sudo does when it refuses.
pub(super) async fn feed(stdin: Option<impl AsyncWrite + Unpin>, input: &str) -> Infallible {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(input.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
    pending().await
}
