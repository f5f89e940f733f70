//! Free ports.

use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::random;

/// Below the range from which Linux takes the ports of outgoing connections, which could take one between our finding
/// it free and the process listening on it.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
const TRIES: usize = 100;

/// Where to look next. One after another, so that a port is not given to two processes that start at the same time;
/// from anywhere, so that two Keelsons on one machine do not compete for the same ones.
static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(u16::from_be_bytes(random::bytes())));

/// A port on which nobody listens, and which has not been given away lately.
pub(super) fn free(address: IpAddr) -> io::Result<u16> {
    let mut last = io::Error::other("no port is free");
    for _ in 0..TRIES {
        let port = FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        match TcpListener::bind((address, port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether somebody listens on a port.
pub(super) fn is_taken(address: IpAddr, port: u16) -> bool {
    TcpListener::bind((address, port)).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn releases_that_start_at_the_same_time_get_different_ports() {
        let ports: BTreeSet<u16> = (0..200).map(|_| free(Ipv4Addr::LOCALHOST.into()).unwrap()).collect();
        assert_eq!(ports.len(), 200);
    }
}
