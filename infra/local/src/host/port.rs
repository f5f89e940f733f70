//! Free ports.

use std::io;
use std::net::{IpAddr, TcpListener};

use crate::random;

/// Below the range from which Linux takes the ports of outgoing connections, which could take one between our finding
/// it free and the process listening on it.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
const TRIES: usize = 100;

/// A port on which nobody listens.
pub(super) fn free(address: IpAddr) -> io::Result<u16> {
    let mut last = io::Error::other("no port is free");
    for _ in 0..TRIES {
        let port = FIRST + u16::from_be_bytes(random::bytes()) % COUNT;
        match TcpListener::bind((address, port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = error,
        }
    }
    Err(last)
}
