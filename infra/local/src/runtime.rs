//! The whole of Keelson in one process: started, running, stopped.

use std::fs::DirBuilder;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use api::access::SignInLink;
use domain::Login;
use edge::settings::Settings;
use edge::{Core, Ids, PublicUrl};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bus::{Bus, EventStream, Subscriber};
use crate::embedded::EmbeddedStore;
use crate::lock::FolderLock;
use crate::server::Served;
use crate::target_changes::TargetChanges;
use crate::wake::Wake;
use crate::{
    KeyFileSecrets, LocalArtifacts, LocalTarget, MeasuredSignals, Options, TargetConfig, crash, owner,
    server, ticks,
};

/// The database in the folder.
const DATABASE: &str = "keelson.db";
/// How long requests and handlers may take that are under way when Keelson stops.
const STOPPING: Duration = Duration::from_secs(10);

/// A Keelson that runs. Dropping it leaves everything to the end of the process; [`Running::shutdown`] ends it well.
pub struct Running {
    url: PublicUrl,
    address: PublicUrl,
    dir: PathBuf,
    owner: Login,
    core: Core,
    panel: panel::App,
    target: Arc<LocalTarget>,
    keep_processes: bool,
    store: Arc<EmbeddedStore>,
    /// The server; it ends before the rest does.
    serving: (TaskTracker, CancellationToken),
    /// The bus and what happens by the clock.
    working: (TaskTracker, CancellationToken),
    _lock: FolderLock,
}

/// Starts Keelson, and returns once it answers requests.
///
/// What an earlier one left unfinished in the same folder goes on: promotions, events that were not handled, and the
/// processes of services.
///
/// # Errors
/// If another Keelson runs in the folder, or the folder or the address cannot be used. Then nothing is left running.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    if let Some(at) = options.crash_at {
        crash::arm(at);
    }
    make_folder(&options.dir)?;
    let lock = FolderLock::take(&options.dir)?;
    let listener = server::bind(options.listen).await?;
    let address = local_address(&listener)?;
    let url = options.public_url.clone().unwrap_or_else(|| address.clone());
    let store = Arc::new(EmbeddedStore::open(options.dir.join(DATABASE)).await?);
    let stream = EventStream::of(store.database.clone(), store.store.table_name(store::Table::Events))?;
    let core = core(&options, &url, &store)?;
    let panel = panel::App::new(core.clone())
        .context("the identity provider that signs people in cannot be asked")?;
    let owner = owner::settle(&panel, &options.dir, &options.owner, &address).await?;
    let secrets = KeyFileSecrets::in_folder(&options.dir).context("the key of the secrets cannot be read")?;
    let webhooks = webhooks::App::new(core.clone(), Arc::new(secrets));
    let artifacts = LocalArtifacts::in_folder(&options.dir).context("artifacts cannot be kept")?;
    let changes = TargetChanges::default();
    let (target, promotions) = promotions(&options, &core, &artifacts, &changes).await?;

    // Nothing fails from here on, so nothing is left half started.
    let wake = Wake::new();
    let working = (TaskTracker::new(), CancellationToken::new());
    let bus = Bus::new(
        core.store.clone(),
        stream,
        core.clock.now_fn(),
        wake.clone(),
        subscribers(&promotions, &webhooks),
    );
    bus.start(&working.0, &working.1);
    bus.chain(panel.clone(), &working.0, &working.1);
    ticks::start(&promotions, &webhooks, &bus, &store, &wake, (&working.0, &working.1));
    working.0.spawn(changes.run(core.clone(), wake.clone(), working.1.clone()));

    let serving = (TaskTracker::new(), CancellationToken::new());
    let served = Served { promotions, panel: panel.clone(), webhooks, artifacts, panel_files: options.panel };
    let router = server::router(&core, served, wake);
    serving.0.spawn(server::serve(listener, router, serving.1.clone()));
    tracing::info!(%url, folder = %options.dir.display(), "Keelson is running at {url}");
    let Options { dir, keep_processes, .. } = options;
    Ok(Running {
        url,
        address,
        dir,
        owner,
        core,
        panel,
        target,
        keep_processes,
        store,
        serving,
        working,
        _lock: lock,
    })
}

/// Starts Keelson and keeps it running until the process is told to end (SIGINT or SIGTERM). A second signal ends it
/// at once: whatever is unfinished then goes on after the next start.
///
/// `started` is called when it answers requests, with a link that signs its owner in.
///
/// # Errors
/// As [`start`]; and if it cannot be stopped well.
///
/// # Panics
/// If the process logs already: this is for `main` to call, once.
pub async fn run(options: Options, started: impl FnOnce(&Running, &SignInLink)) -> anyhow::Result<()> {
    edge::telemetry::init(&options.log);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let running = start(options).await?;
    let link = running.sign_in_link().await?;
    started(&running, &link);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    tokio::select! {
        stopped = running.shutdown() => stopped,
        _ = interrupt.recv() => anyhow::bail!("stopped at once by a second signal"),
        _ = terminate.recv() => anyhow::bail!("stopped at once by a second signal"),
    }
}

impl Running {
    /// Where people reach it.
    pub fn url(&self) -> &PublicUrl {
        &self.url
    }

    /// Where programs on this machine reach it.
    pub fn address(&self) -> &PublicUrl {
        &self.address
    }

    /// The admin on this machine.
    pub fn owner(&self) -> &Login {
        &self.owner
    }

    /// The file with an API token of the owner; on its second line, the address.
    pub fn token_file(&self) -> PathBuf {
        owner::token_file(&self.dir)
    }

    /// Store, clock, ids and settings.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Makes a link that signs the owner in, once.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn sign_in_link(&self) -> anyhow::Result<SignInLink> {
        Ok(panel::bootstrap::sign_in_link(&self.panel, self.owner.clone()).await?)
    }

    /// Stops: no more requests, then no more events and timers, then the processes of services, at last the store.
    ///
    /// # Errors
    /// If the store cannot be closed well. Nothing that was answered is lost even so.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        for (tasks, stop) in [&self.serving, &self.working] {
            stop.cancel();
            tasks.close();
            if tokio::time::timeout(STOPPING, tasks.wait()).await.is_err() {
                tracing::warn!("what was under way did not end in time; it goes on after the next start");
            }
        }
        self.target.shutdown(!self.keep_processes).await;
        match Arc::try_unwrap(self.store) {
            Ok(store) => store.close().await,
            // A task that did not end in time holds it still; the end of the process closes it.
            Err(_) => Ok(()),
        }
    }
}

/// Everything in the folder is its owner's alone, secrets among it.
fn make_folder(dir: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("the folder {} cannot be made", dir.display()))
}

/// The address by which programs on this machine reach a listener.
fn local_address(listener: &TcpListener) -> anyhow::Result<PublicUrl> {
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        let loopback =
            if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address = SocketAddr::new(loopback, address.port());
    }
    Ok(format!("http://{address}").parse()?)
}

fn core(options: &Options, url: &PublicUrl, store: &EmbeddedStore) -> anyhow::Result<Core> {
    let mut settings = Settings::new(url.clone());
    settings.log = options.log.clone();
    settings.trusted_proxies = options.trusted_proxies;
    settings.sign_in = options.sign_in.clone();
    if let Some(oidc) = &options.oidc {
        settings.oidc = oidc.clone();
    }
    let clock = options.clock.clone();
    let verifier = promotions::ci_verifier(&settings.oidc, clock.clone())?;
    let core = Core::new(store.store.clone(), clock.clone(), Ids::system(clock), settings);
    Ok(core.with_ci_verifier(verifier))
}

/// The function that ships, with what stands for AWS on this machine; the processes of an earlier Keelson are taken
/// over.
async fn promotions(
    options: &Options,
    core: &Core,
    artifacts: &LocalArtifacts,
    changes: &TargetChanges,
) -> anyhow::Result<(Arc<LocalTarget>, promotions::App)> {
    let now = core.clock.now_fn();
    let signals = MeasuredSignals::new(now.clone());
    let config = TargetConfig::new(options.dir.clone(), options.path.clone());
    let target = LocalTarget::start(config, artifacts.clone(), signals.clone(), now, changes.on_change());
    let target = Arc::new(target.await.context("the processes of the services cannot be taken over")?);
    let artifacts = Arc::new(artifacts.clone());
    let app = promotions::App { core: core.clone(), deployer: target.clone(), signals, artifacts };
    Ok((target, app))
}

/// Every function that acts on events, under the name by which its progress and its dead letters are known.
fn subscribers(promotions: &promotions::App, webhooks: &webhooks::App) -> Vec<Subscriber> {
    let app = promotions.clone();
    let promotions = Subscriber::new("promotions", promotions::SUBSCRIBES, move |event| {
        let app = app.clone();
        async move { Ok(promotions::on_event(&app, &event).await?) }
    });
    let app = webhooks.clone();
    let webhooks = Subscriber::new("webhooks", webhooks::SUBSCRIBES, move |event| {
        let app = app.clone();
        async move { Ok(webhooks::on_event(&app, &event).await?) }
    });
    vec![promotions, webhooks]
}
