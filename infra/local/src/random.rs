//! The one place where this crate asks for randomness.

use std::cell::RefCell;

/// Random bytes, good enough for keys.
///
/// # Panics
/// If the operating system has no randomness to give, which no program can work around.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Random lower-case hexadecimal digits, two per byte.
pub(crate) fn hex<const N: usize>() -> String {
    digits(&bytes::<N>())
}

/// Random lower-case hexadecimal digits to tell things apart by; not for secrets.
///
/// The operating system is asked for many at a time, as every request on the proxy needs some.
pub(crate) fn label<const N: usize>() -> String {
    const { assert!(N <= STOCK) };
    LABELS.with_borrow_mut(|(stock, used)| {
        if *used + N > STOCK {
            (*stock, *used) = (bytes(), 0);
        }
        let label = digits(&stock[*used..*used + N]);
        *used += N;
        label
    })
}

/// How many random bytes are asked for at a time.
const STOCK: usize = 1_024;

thread_local! {
    /// Random bytes, and how many of them have been used.
    static LABELS: RefCell<([u8; STOCK], usize)> = const { RefCell::new(([0; STOCK], STOCK)) };
}

fn digits(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 0x0f)]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_digits_and_never_the_same() {
        let labels: std::collections::BTreeSet<String> = (0..200).map(|_| label::<16>()).collect();
        assert_eq!(labels.len(), 200);
        assert!(labels.iter().all(|label| label.len() == 32 && label.bytes().all(|b| b.is_ascii_hexdigit())));
        assert_eq!(digits(&[0x00, 0x9f, 0xff]), "009fff");
    }
}
