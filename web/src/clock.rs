//! The browser's clock: the one place where the panel asks what time it is.

use jiff::Timestamp;

/// The time now.
pub(crate) fn now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 fit in 53 bits for 285 000 years"
    )]
    let millis = js_sys::Date::now() as i64;
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}
