//! As much of RFC 6455 as it takes to close a connection between two frames.

/// A close frame with code 1012, "service restart": clients know that they may come back.
pub(super) const CLOSE_FOR_RESTART: [u8; 4] = [0x88, 0x02, 0x03, 0xf4];

/// Follows a stream of frames to know where one ends.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: Vec<u8>,
    payload_left: u64,
}

impl Frames {
    /// Whether the stream is between two frames.
    pub(super) fn between(&self) -> bool {
        self.head.is_empty() && self.payload_left == 0
    }

    /// Takes in what was passed on.
    pub(super) fn advance(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.payload_left > 0 {
                let skipped = usize::try_from(self.payload_left).unwrap_or(usize::MAX).min(bytes.len());
                self.payload_left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head.push(*first);
            bytes = rest;
            if let Some(payload) = payload_length(&self.head) {
                self.head.clear();
                self.payload_left = payload;
            }
        }
    }
}

/// The length of what follows a frame's head; `None` while the head is not whole.
fn payload_length(head: &[u8]) -> Option<u64> {
    let second = *head.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (length_bytes, short) = match second & 0x7f {
        126 => (2, 0),
        127 => (8, 0),
        short => (0, u64::from(short)),
    };
    if head.len() < 2 + length_bytes + mask {
        return None;
    }
    let long = head[2..2 + length_bytes].iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
    Some(short + long)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(payload: usize, mask: bool) -> Vec<u8> {
        let flag = if mask { 0x80 } else { 0 };
        let mut frame = vec![0x82];
        match payload {
            0..126 => frame.push(flag | payload as u8),
            126..65_536 => {
                frame.push(flag | 126);
                frame.extend((payload as u16).to_be_bytes());
            }
            _ => {
                frame.push(flag | 127);
                frame.extend((payload as u64).to_be_bytes());
            }
        }
        frame.extend(vec![0xff; payload + if mask { 4 } else { 0 }]);
        frame
    }

    #[test]
    fn the_end_of_a_frame_is_found_however_the_stream_is_cut() {
        for payload in [0, 1, 125, 126, 65_535, 65_536] {
            for mask in [false, true] {
                let mut stream = frame(payload, mask);
                stream.extend(frame(3, mask));
                for cut in [1, 2, 3, 7, 1_000, stream.len()] {
                    let mut frames = Frames::default();
                    for (index, piece) in stream.chunks(cut).enumerate() {
                        frames.advance(piece);
                        let at = (index * cut + piece.len()).min(stream.len());
                        let expected = at == stream.len() || at == frame(payload, mask).len();
                        assert_eq!(frames.between(), expected, "{payload} {mask} {cut} at {at}");
                    }
                }
            }
        }
    }
}
