//! What a script printed and how the script ended; and its standard input.

use std::convert::Infallible;
use std::future::pending;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::script::Root;
use super::{RemoteError, refusal};

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

impl From<std::process::Output> for Output {
    fn from(ended: std::process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output {
            status: ended.status.code().unwrap_or(-1),
            stdout: text(&ended.stdout),
            stderr: text(&ended.stderr),
        }
    }
}

/// The output of a command line that ended, unless sudo refused the `user` (if the inventory names the login).
pub(super) fn of(ended: std::process::Output, root: &Root, user: Option<&str>) -> Result<Output, RemoteError> {
    let output = Output::from(ended);
    // A sudo that refuses runs nothing and exits with 1; a sudo that only warns runs the script.
    if *root != Root::Already
        && output.status == 1
        && output.stdout.is_empty()
        && let Some(error) = refusal::explain_sudo(&output.stderr, user)
    {
        return Err(error);
    }
    Ok(output)
}

/// No program of the command line was found on the host.
pub(super) fn no_program() -> RemoteError {
    RemoteError::new(
        "the login shell found no timeout or sh (or sudo) program",
        "install coreutils (and sudo, if the inventory says become: sudo) on the host",
    )
}

/// The most that is kept of what a script prints to one stream, in bytes; the rest is read and thrown away.
const MOST: u64 = 64 * 1024 * 1024;

/// Reads a stream to its end, and keeps the beginning.
pub(super) async fn read(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream).take(MOST).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
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
