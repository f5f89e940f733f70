//! How many requests a way to the service takes, and what each costs its process.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Clients that send the next request when the last one is answered.
const CLIENTS: usize = 32;
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(3);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: shop.test\r\nuser-agent: bench\r\naccept: */*\r\n\r\n";
/// Clock ticks of Linux's process accounting in a second.
const TICKS: f64 = 100.0;

/// One measurement.
pub(super) struct Throughput {
    /// Requests in a second.
    pub(super) rate: f64,
    /// What each cost the process in between, in microseconds of processor time.
    pub(super) cost_micros: Option<f64>,
}

/// Sends as much as the way to `address` takes; `process` is the one in between.
pub(super) async fn measure(address: SocketAddr, process: Option<u32>) -> Result<Throughput> {
    let begin = Instant::now() + WARM_UP;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(address, begin, begin + MEASURED));
    }
    tokio::time::sleep_until(begin.into()).await;
    let before = process.map(processor_time).transpose()?;
    tokio::time::sleep_until((begin + MEASURED).into()).await;
    let after = process.map(processor_time).transpose()?;
    let mut requests = 0;
    while let Some(counted) = clients.join_next().await {
        requests += counted??;
    }
    let requests = f64::from(requests);
    let spent = before.zip(after).map(|(before, after)| after - before);
    let cost_micros = spent.map(|seconds| seconds * 1e6 / requests);
    Ok(Throughput { rate: requests / MEASURED.as_secs_f64(), cost_micros })
}

/// Counts the answers between two moments.
async fn client(address: SocketAddr, begin: Instant, end: Instant) -> Result<u32> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4 * 1024);
    let mut counted = 0;
    loop {
        stream.write_all(REQUEST).await?;
        read_answer(&mut stream, &mut buffer).await?;
        let now = Instant::now();
        if now >= end {
            return Ok(counted);
        }
        counted += u32::from(now >= begin);
    }
}

async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "the connection ended");
        if whole(buffer)? {
            return Ok(());
        }
    }
}

/// Whether the answer is whole.
fn whole(answer: &[u8]) -> Result<bool> {
    let Some(end) = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(false) };
    let head = std::str::from_utf8(&answer[..end])?;
    ensure!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, length) = fields
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without a length")?;
    Ok(answer.len() >= end + 4 + length.trim().parse::<usize>()?)
}

/// The processor time that a process has used, in seconds.
fn processor_time(process: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("the process's statistics cannot be read")?;
    // User and system time are the fields 14 and 15; the state behind the name is field 3.
    let ticks: Vec<f64> = fields.split_ascii_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    Ok(ticks.iter().sum::<f64>() / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_as_much_has_come_as_its_head_says() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert!((0..answer.len()).all(|length| !whole(&answer[..length]).unwrap()));
        assert!(whole(answer).unwrap());
        assert!(whole(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").is_err());
    }

    #[test]
    fn time_is_spent_here() {
        assert!(processor_time(std::process::id()).unwrap() >= 0.0);
    }
}
