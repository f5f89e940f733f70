//! An identity provider to look at: `cargo run -p testkit --example issuer -- 127.0.0.1:7790 '{"sub":"1","groups":["x"]}'`.
//!
//! It signs in whom its second argument describes, and runs until it is stopped.

use std::io::Write as _;

use edge::Clock;
use testkit::issuer::{CLIENT_ID, CLIENT_SECRET, FakeIssuer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:7790".to_owned());
    let issuer = FakeIssuer::listening(&address, Clock::system()).await;
    if let Some(person) = arguments.next() {
        issuer.person(serde_json::from_str(&person)?);
    }
    writeln!(std::io::stdout(), "{} knows {CLIENT_ID} by {CLIENT_SECRET}", issuer.url())?;
    std::future::pending::<()>().await;
    Ok(())
}
