//! Signs people in, and answers for people, tokens and the audit log.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(lambda::Panel::start).await
}
