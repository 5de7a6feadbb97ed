//! How ssh reaches a stand-in: a connection made inside the lab's network, handed over to ssh.

use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::net;

/// Connects to `address` inside the network namespace and passes the connection to ssh over standard output, which is
/// what `ProxyUseFdpass` in ssh_config(5) asks for.
///
/// # Errors
/// Nothing answers at the address, or standard output is not ssh's socket.
pub fn connect(namespace: &str, address: IpAddr, port: u16) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let stream = dial(namespace, SocketAddr::from((address, port)), PATIENCE)?;
    let descriptors = [stream.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(&descriptors));
    // A message needs at least one byte to carry a descriptor, unix(7).
    sendmsg(
        std::io::stdout(),
        &[IoSlice::new(&[0])],
        &mut message,
        SendFlags::empty(),
    )
    .context("handing the connection to ssh (this command is ssh's ProxyCommand, not to be run by hand)")?;
    Ok(())
}

/// Whether an ssh server sends its greeting from that address.
pub fn greets(namespace: &str, address: IpAddr, patience: Duration) -> bool {
    let greeting = || -> Result<bool> {
        let mut stream = dial(namespace, SocketAddr::from((address, 22)), patience)?;
        let mut start = [0; 4];
        stream.set_read_timeout(Some(patience))?;
        stream.read_exact(&mut start)?;
        Ok(start == *b"SSH-")
    };
    greeting().unwrap_or(false)
}

fn dial(namespace: &str, to: SocketAddr, patience: Duration) -> Result<TcpStream> {
    net::within(namespace, || {
        TcpStream::connect_timeout(&to, patience).with_context(|| format!("connecting to {to}"))
    })
}
