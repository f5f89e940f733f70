//! A little AWS: functions with versions and aliases, CodeDeploy, and a bucket, over the protocols that the SDKs speak.
//!
//! It answers with the codes and the messages of the real one, and refuses what that refuses: a write under an old
//! revision, a version of other code, a second deployment in a group. What takes its time takes that of the test's
//! clock. A test may stop whoever calls between any two calls, before or after the effect, as a crash would.

mod codedeploy;
mod lambda;
mod s3;
mod serve;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Digest, Period};
use edge::Clock;
use tokio::sync::{Notify, oneshot};

use crate::digest_of;

pub use codedeploy::Alarm;
use codedeploy::Group;
use lambda::Function;

/// The bucket of artifacts.
pub const BUCKET: &str = "artifacts";

/// An AWS account in one region, on loopback. Dropping it ends it.
pub struct FakeAws {
    address: SocketAddr,
    state: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

/// What the server and the test look at.
struct Shared {
    state: Mutex<State>,
    killed: Notify,
}

/// Everything in the account.
struct State {
    clock: Clock,
    /// By key: the bytes and their version.
    objects: BTreeMap<String, (Vec<u8>, String)>,
    functions: BTreeMap<String, Function>,
    groups: BTreeMap<(String, String), Group>,
    /// Rises with everything that gets a revision or an id.
    counter: u64,
    calls: Vec<String>,
    kill: Option<Kill>,
    refuse: BTreeMap<String, (u16, String, String)>,
}

/// Where to stop whoever calls.
#[derive(Debug, Clone, Copy)]
struct Kill {
    /// So many calls are answered before.
    after: usize,
    /// Whether the call that is not answered still has its effect.
    has_effect: bool,
}

impl State {
    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

impl FakeAws {
    /// An empty account, whose time is that of the clock.
    ///
    /// # Panics
    /// If there is no loopback.
    pub async fn start(clock: Clock) -> Self {
        let state = State {
            clock,
            objects: BTreeMap::new(),
            functions: BTreeMap::new(),
            groups: BTreeMap::new(),
            counter: 0,
            calls: Vec::new(),
            kill: None,
            refuse: BTreeMap::new(),
        };
        let state = Arc::new(Shared { state: Mutex::new(state), killed: Notify::new() });
        let (address, stop) = serve::serve(state.clone()).await;
        Self { address, state, _stop: stop }
    }

    /// Where SDKs find it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an artifact's bytes where artifacts lie.
    pub fn upload(&self, bytes: &[u8]) -> Digest {
        let digest = digest_of(bytes);
        let mut state = self.lock();
        let version = format!("v{}", state.next());
        state.objects.insert(format!("artifacts/{}", digest.hex()), (bytes.to_vec(), version));
        digest
    }

    /// Makes a function whose code is those bytes, with nothing published.
    pub fn function(&self, name: &str, code: &[u8]) {
        let mut state = self.lock();
        let revision = state.next();
        state.functions.insert(name.to_owned(), Function::new(name, code, revision));
    }

    /// Makes an alias by hand, or moves it: as somebody would who knows nothing of Keelson.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn point_by_hand(&self, function: &str, alias: &str, version: &str) {
        let mut state = self.lock();
        let revision = state.next();
        state.functions.get_mut(function).expect("a function").point_by_hand(alias, version, revision);
    }

    /// Publishes other code by hand, and gives the version's number.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn publish_by_hand(&self, function: &str, code: &[u8]) -> String {
        let mut state = self.lock();
        let revision = state.next();
        state.functions.get_mut(function).expect("a function").publish_by_hand(code, revision)
    }

    /// How long an update of a function's code takes from now on.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn updates_take(&self, function: &str, period: Period) {
        self.lock().functions.get_mut(function).expect("a function").updates_take = period;
    }

    /// From now on updates of a function's code fail, for that reason; or succeed again, with `None`.
    ///
    /// # Panics
    /// If there is no such function.
    pub fn updates_fail(&self, function: &str, reason: Option<&str>) {
        self.lock().functions.get_mut(function).expect("a function").updates_fail = reason.map(str::to_owned);
    }

    /// Where an alias points, as the console shows it: versions, their artifacts and their percents, and what is
    /// written on it.
    pub fn alias(&self, function: &str, alias: &str) -> Option<AliasView> {
        let mut state = self.lock();
        state.settle();
        state.functions.get(function)?.view(alias)
    }

    /// How many versions a function has.
    pub fn versions(&self, function: &str) -> usize {
        self.lock().functions.get(function).map_or(0, Function::published)
    }

    /// Makes a CodeDeploy application's deployment group, for aliases or for servers.
    pub fn group(&self, application: &str, group: &str) {
        let made = Group::default();
        self.lock().groups.insert((application.to_owned(), group.to_owned()), made);
    }

    /// An alarm of a deployment group goes off, or is quiet again.
    ///
    /// # Panics
    /// If there is no such group.
    pub fn set_alarm(&self, application: &str, group: &str, alarm: Alarm) {
        let mut state = self.lock();
        let key = (application.to_owned(), group.to_owned());
        state.groups.get_mut(&key).expect("a group").set_alarm(alarm);
    }

    /// Descriptions, states and creators of a group's deployments, oldest first.
    pub fn deployments(&self, application: &str, group: &str) -> Vec<String> {
        let mut state = self.lock();
        state.settle();
        let found = state.groups.get(&(application.to_owned(), group.to_owned()));
        found.map(Group::told).unwrap_or_default()
    }

    /// Every call so far: `UpdateAlias`, `CreateDeployment`, `HeadObject` and so on.
    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    /// How many calls of that name.
    pub fn count(&self, call: &str) -> usize {
        self.lock().calls.iter().filter(|made| *made == call).count()
    }

    /// From now on calls of that name are refused with a status, a code and a message; or taken again, with `None`.
    pub fn refuse(&self, call: &str, answer: Option<(u16, &str, &str)>) {
        let mut state = self.lock();
        match answer {
            Some((status, code, message)) => {
                state.refuse.insert(call.to_owned(), (status, code.to_owned(), message.to_owned()));
            }
            None => drop(state.refuse.remove(call)),
        }
    }

    /// Answers so many more calls, and never the one after, which still has its effect if asked to: see
    /// [`FakeAws::killed`].
    pub fn kill_after(&self, calls: usize, has_effect: bool) {
        self.lock().kill = Some(Kill { after: calls, has_effect });
    }

    /// Answers every call again.
    pub fn revive(&self) {
        self.lock().kill = None;
    }

    /// Until somebody waits in vain for an answer: the moment to drop them.
    pub async fn killed(&self) {
        self.state.killed.notified().await;
    }
}

/// An alias, as the console shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasView {
    /// Versions, the artifacts of their code, and their share of requests in percent.
    pub serves: Vec<(String, Digest, u8)>,
    /// Its description.
    pub description: String,
}
