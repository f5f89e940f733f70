//! As much of RFC 6455 as a short echo and a clean close take.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
/// Between two messages of a client.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the other side may take to answer or to hang up.
const PATIENCE: Duration = Duration::from_secs(10);
/// "Going away" and "service restart": a client knows that it may come back.
const CLEAN: [u16; 2] = [1001, 1012];

/// Answers every message with itself, and a goodbye with a goodbye.
pub(super) async fn echo(mut socket: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    loop {
        let (kind, payload) = read(&mut socket).await?;
        write(&mut socket, kind, &payload, None).await?;
        if kind == CLOSE {
            return socket.shutdown().await;
        }
    }
}

/// Sends messages and expects each back, until it is told goodbye. Then says goodbye too, and waits for the end.
///
/// # Errors
/// When the connection ends in any other way.
pub(super) async fn chat(mut socket: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    for number in 0_u64.. {
        let message = format!("message {number}");
        write(&mut socket, TEXT, message.as_bytes(), Some([1, 2, 3, 4])).await?;
        let (kind, payload) = soon(read(&mut socket)).await?;
        if kind == CLOSE {
            return goodbye(socket, &payload).await;
        }
        if payload != message.as_bytes() {
            return Err(io::Error::other("another message came back"));
        }
        match tokio::time::timeout(PAUSE, read(&mut socket)).await {
            Err(_) => {}
            Ok(frame) => {
                let (kind, payload) = frame?;
                if kind == CLOSE {
                    return goodbye(socket, &payload).await;
                }
                return Err(io::Error::other("a message that nobody asked for"));
            }
        }
    }
    Ok(())
}

async fn goodbye(mut socket: impl AsyncRead + AsyncWrite + Unpin, payload: &[u8]) -> io::Result<()> {
    let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
    if !code.is_some_and(|code| CLEAN.contains(&code)) {
        return Err(io::Error::other(format!("closed with {code:?}")));
    }
    write(&mut socket, CLOSE, payload, Some([5, 6, 7, 8])).await?;
    // Whatever comes before the end is of no interest any more.
    soon(async { socket.read_to_end(&mut Vec::new()).await.map(|_| ()) }).await
}

async fn soon<T>(doing: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, doing).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Reads one frame with a payload of less than 126 bytes.
async fn read(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    socket.read_exact(&mut head).await?;
    let mut mask = [0; 4];
    if head[1] & 0x80 != 0 {
        socket.read_exact(&mut mask).await?;
    }
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    socket.read_exact(&mut payload).await?;
    apply(mask, &mut payload);
    Ok((head[0], payload))
}

async fn write(
    socket: &mut (impl AsyncWrite + Unpin),
    kind: u8,
    payload: &[u8],
    mask: Option<[u8; 4]>,
) -> io::Result<()> {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126);
    let length = length.ok_or_else(|| io::Error::other("a long message"))?;
    let mut frame = vec![kind, length | if mask.is_some() { 0x80 } else { 0 }];
    let mut payload = payload.to_vec();
    if let Some(mask) = mask {
        frame.extend(mask);
        apply(mask, &mut payload);
    }
    frame.extend(payload);
    socket.write_all(&frame).await?;
    socket.flush().await
}

fn apply(mask: [u8; 4], payload: &mut [u8]) {
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_chat_ends_well_when_the_server_says_goodbye_and_badly_when_it_hangs_up() {
        let (client, mut server) = tokio::io::duplex(1_024);
        let chatting = tokio::spawn(chat(client));
        let (kind, payload) = read(&mut server).await.unwrap();
        assert_eq!((kind, payload.as_slice()), (TEXT, &b"message 0"[..]));
        write(&mut server, kind, &payload, None).await.unwrap();
        write(&mut server, CLOSE, &1012_u16.to_be_bytes(), None).await.unwrap();
        while read(&mut server).await.unwrap().0 != CLOSE {}
        drop(server);
        chatting.await.unwrap().unwrap();

        let (client, server) = tokio::io::duplex(1_024);
        drop(server);
        assert!(chat(client).await.is_err());
    }

    #[tokio::test]
    async fn the_service_says_what_it_hears() {
        let (client, server) = tokio::io::duplex(1_024);
        tokio::spawn(echo(server));
        let mut client = client;
        write(&mut client, TEXT, b"hello", Some([9, 9, 9, 9])).await.unwrap();
        assert_eq!(read(&mut client).await.unwrap(), (TEXT, b"hello".to_vec()));
    }
}
