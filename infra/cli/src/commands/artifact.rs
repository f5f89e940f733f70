//! `keelson artifact`: register what CI built, and list it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::routes::LIST_ARTIFACTS;
use api::service::{AnnounceArtifact, ArtifactView};
use domain::{CommitSha, Digest, ServiceName};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sha2::{Digest as _, Sha256};

use crate::client::{Retry, UploadError, UploadProgress, upload};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Register an artifact: announce it, upload its bytes, have them verified
    ///
    /// Doing it again is harmless: what is there is not sent again, and a broken upload goes on where it broke.
    Push {
        /// The file: a tar.gz, or whatever the environments' targets run
        file: PathBuf,
        /// The service it is for
        #[arg(long)]
        service: ServiceName,
        /// The commit it was built from, all 40 (or 64) digits
        #[arg(long, value_name = "SHA")]
        commit: CommitSha,
    },
    /// List a service's artifacts, newest first
    List {
        /// The service
        service: ServiceName,
        /// How many at most
        #[arg(long, default_value_t = 20, value_name = "N")]
        limit: usize,
    },
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match command {
        Command::Push { file, service, commit } => push(&file, service, commit, context).await?,
        Command::List { service, limit } => {
            let list: Vec<ArtifactView> =
                context.client.list(&LIST_ARTIFACTS, &[service.as_str()], &[], limit).await?;
            context.output.show(&list, |theme| render::artifacts(&list, now, theme))?;
        }
    }
    Ok(Exit::Done)
}

async fn push(
    file: &Path,
    service: ServiceName,
    commit: CommitSha,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let bar = progress_bar(context.output.is_live());
    let (digest, size) = {
        let (path, bar) = (file.to_owned(), bar.clone());
        let hashed = tokio::task::spawn_blocking(move || hash(&path, &bar)).await;
        let doing = format!("read {}", file.display());
        hashed.map_err(|error| Failure::Failed(error.to_string()))?.map_err(Failure::file(doing))?
    };
    let tell = {
        let bar = bar.clone();
        bar.set_message("uploading");
        bar.set_position(0);
        Arc::new(move |progress| show(&bar, progress))
    };
    let artifact = AnnounceArtifact { digest, size, commit };
    let pushed = upload(&context.client, &service, &artifact, file, Retry::default(), tell).await;
    bar.finish_and_clear();
    let pushed = pushed.map_err(|error| match error {
        UploadError::Client(error) => Failure::Client(error),
        UploadError::File(source) => Failure::File { doing: format!("read {}", file.display()), source },
    })?;
    context.output.show(&pushed, |_| sentence(&pushed))?;
    Ok(())
}

fn sentence(artifact: &ArtifactView) -> String {
    let ArtifactView { digest, service, commit, .. } = artifact;
    format!("{digest}\nis registered for {service} at {}.\n", commit.short())
}

fn progress_bar(live: bool) -> ProgressBar {
    let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    let template = "{msg:10} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    // A template that cannot be read would be a mistake above; the bar's own look does then.
    ProgressStyle::with_template(template).map_or(bar.clone(), |style| bar.with_style(style))
}

fn show(bar: &ProgressBar, progress: UploadProgress) {
    match progress {
        UploadProgress::Sent(bytes) => {
            bar.set_message("uploading");
            bar.set_position(bytes);
        }
        UploadProgress::Waiting { wait, because } => {
            bar.println(format!("{because}\nGoing on in {:.1} s.", wait.as_secs_f32()));
            bar.set_message("waiting");
        }
    }
}

/// The SHA-256 of a file and its size, without having all of it in memory.
fn hash(path: &Path, bar: &ProgressBar) -> io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    bar.set_length(file.metadata()?.len());
    bar.set_message("hashing");
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((Digest::from_bytes(hasher.finalize().into()), size));
        }
        hasher.update(&buffer[..count]);
        size += u64::try_from(count).unwrap_or(0);
        bar.set_position(size);
    }
}
