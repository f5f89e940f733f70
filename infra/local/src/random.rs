//! The one place where this crate asks for randomness.

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
    bytes::<N>().iter().map(|byte| format!("{byte:02x}")).collect()
}
