//! The environment variables that steer a task.

/// The value of `name`, if it is set to anything but nothing.
#[expect(clippy::disallowed_methods, reason = "the one place where tasks read the environment")]
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
