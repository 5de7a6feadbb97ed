//! A script that goes on for as long as somebody keeps it.

use std::any::Any;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::timeout;

/// A script that runs on a host for as long as this handle is kept: then the script's standard input ends.
pub struct RemoteHandle {
    stdin: Box<dyn AsyncWrite + Send + Unpin>,
    stdout: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    _child: Box<dyn Any + Send>,
}

impl RemoteHandle {
    /// Sends the script, as the shell reads it. A shell that is gone already is noticed by [`RemoteHandle::line`].
    pub(super) async fn start(
        input: &str,
        mut stdin: impl AsyncWrite + Send + Unpin + 'static,
        stdout: impl AsyncRead + Send + Unpin + 'static,
        child: impl Any + Send,
    ) -> Self {
        let _ = stdin.write_all(input.as_bytes()).await;
        RemoteHandle {
            stdin: Box::new(stdin),
            stdout: BufReader::new(Box::new(stdout)),
            _child: Box::new(child),
        }
    }

    /// The next line that the script prints; none when the script ended, or printed nothing for so long.
    pub async fn line(&mut self, limit: Duration) -> Option<String> {
        let mut line = String::new();
        match timeout(limit, self.stdout.read_line(&mut line)).await {
            Ok(Ok(bytes)) if bytes > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    /// Sends the script a byte; whether the byte could be sent. Not before the script's first line: until a script
    /// runs, its shell reads ahead.
    pub async fn beat(&mut self) -> bool {
        self.stdin.write_all(b"x").await.is_ok() && self.stdin.flush().await.is_ok()
    }
}
