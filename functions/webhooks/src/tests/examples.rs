//! Every webhook that GitHub publishes as an example.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::Hooks;

const EXAMPLES: &[u8] =
    include_bytes!("../../../../shared/integrations/tests/fixtures/octokit-webhooks-examples-7.6.1.json.gz");

#[tokio::test]
async fn every_example_is_accepted_twice_and_recorded_once() {
    let mut text = String::new();
    GzDecoder::new(EXAMPLES).read_to_string(&mut text).unwrap();
    let kinds: Vec<Value> = serde_json::from_str(&text).unwrap();
    let hooks = Hooks::start().await;
    let mut n_examples = 0;
    for round in 0..2 {
        for kind in &kinds {
            let event = kind["name"].as_str().unwrap();
            for (n, example) in kind["examples"].as_array().unwrap().iter().enumerate() {
                let body = example.to_string();
                Hooks::accepted(&hooks.deliver(event, &format!("{event}-{n}"), body.as_bytes()).await);
                n_examples += 1 - round;
            }
        }
    }
    assert_eq!(n_examples, 329);
    let (accepted, ignored, repeated, rejected) = hooks.counts().await;
    assert_eq!((accepted + ignored, repeated, rejected), (329, 329, 0));
}
