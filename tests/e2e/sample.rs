//! The service of the story: a real program, because the binary under test can be one (`keelson demo-service`).

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::product::binary;

/// What a build of the service does.
pub(crate) struct Build {
    pub(crate) name: &'static str,
    /// The share of requests that fail.
    pub(crate) error_share: f64,
    /// Whether it exits before it is ready.
    pub(crate) is_broken: bool,
}

impl Build {
    pub(crate) const fn good(name: &'static str) -> Self {
        Self { name, error_share: 0.0, is_broken: false }
    }

    pub(crate) const fn failing(name: &'static str) -> Self {
        Self { error_share: 0.5, ..Self::good(name) }
    }

    pub(crate) const fn broken(name: &'static str) -> Self {
        Self { is_broken: true, ..Self::good(name) }
    }

    /// Its artifact.
    pub(crate) fn archive(&self) -> Vec<u8> {
        let run = if self.is_broken {
            "#!/bin/sh\necho 'cannot open the database' >&2\nexit 3\n"
        } else {
            "#!/bin/sh\nexec \"$KEELSON_BIN\" demo-service\n"
        };
        let version = format!(
            "name = {0:?}\ntitle = {0:?}\nerror_share = {1:?}\ndelay = \"0s\"\n",
            self.name, self.error_share
        );
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, mode, text) in [("run", 0o755, run), ("version.toml", 0o644, version.as_str())] {
            let mut header = tar::Header::new_gnu();
            header.set_mode(mode);
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }
}

/// Its `keelson.toml`: staging by itself, production with one approval and a canary at 20 %.
pub(crate) fn manifest() -> String {
    let program = binary().to_str().unwrap();
    format!(
        r#"[service]
name = "shop"
team = "shop"
repository = "github:acme/shop"

[ci]
required = ["unit"]

[[environment]]
name = "staging"
promote = "auto"
target = {{ kind = "process", command = ["./run"], env = {{ KEELSON_BIN = {program:?} }} }}

[[environment]]
name = "production"
promote = "gated"
target = {{ kind = "process", command = ["./run"], drain = "2s", env = {{ KEELSON_BIN = {program:?} }} }}
steps = [{{ weight = 20, bake = "3s" }}, {{ weight = 100, bake = "1s" }}]
rollback_when = {{ error_rate = 0.05, minimum_requests = 10 }}
gates = {{ soak = "1s", approvals = {{ count = 1, not_author = true }} }}
"#
    )
}
