//! The bucket, as far as anybody asks what lies in it.

use super::serve::{Ask, Reply};
use super::{BUCKET, State};
use serde_json::Value;

pub(super) fn answer(state: &State, ask: &Ask) -> Reply {
    let (bucket, key) = match ask.path.split_first() {
        Some((bucket, key)) => (bucket.as_str(), key.join("/")),
        None => ("", String::new()),
    };
    let found = state.objects.get(&key).filter(|_| bucket == BUCKET);
    let Some((bytes, version)) = found else {
        // A HEAD has no body to tell more in.
        return Reply { status: 404, headers: Vec::new(), body: Value::Null };
    };
    let etag = format!("\"{}\"", &crate::digest_of(bytes).hex()[..32]);
    let headers = vec![("etag", etag), ("x-amz-version-id", version.clone())];
    Reply { status: 200, headers, body: Value::Null }
}
