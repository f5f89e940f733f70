//! Which release answers which request.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::{Digest, EnvironmentName, ServiceName, Weight};
use http::{HeaderMap, HeaderValue, header};
use ring::digest::{SHA256, digest};
use tokio::sync::watch;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::upstream::Upstream;
use crate::random;

/// Names the lane of a client, so that it stays on it.
const COOKIE: &str = "keelson-lane";
/// The bytes of a client's identifier, in hexadecimal digits twice as many.
const CLIENT_BYTES: usize = 12;
/// The fineness of a choice: hundredths of a percent.
const BUCKETS: u64 = 10_000;

/// One release and its share.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    /// Where requests go.
    pub(crate) upstream: Arc<Upstream>,
    /// How many of a hundred.
    pub(crate) weight: Weight,
}

/// What can be chosen from now.
#[derive(Default)]
struct Table {
    lanes: Vec<Lane>,
    /// Whether lanes are about to come, so that a request may wait for them.
    expected: bool,
}

/// The lanes of one environment.
pub(crate) struct Lanes {
    place: String,
    table: RwLock<Table>,
    changed: watch::Sender<()>,
}

/// A request's stay on a release. As long as it lasts, the release is not drained.
#[derive(Debug)]
pub(crate) struct Visit {
    /// Where the request goes.
    pub(crate) upstream: Arc<Upstream>,
    /// The cookie for a client that has none, if it shall keep its lane.
    pub(crate) set_cookie: Option<HeaderValue>,
    _stay: TaskTrackerToken,
}

/// What comes of knocking.
enum Entry {
    Open(Visit),
    /// There is no lane, and none is expected.
    Closed,
    /// There is no lane yet.
    NotYet,
}

impl Lanes {
    /// No release yet.
    pub(crate) fn new(service: &ServiceName, environment: &EnvironmentName) -> Arc<Self> {
        let (changed, _) = watch::channel(());
        Arc::new(Self { place: format!("{service}/{environment}"), table: RwLock::default(), changed })
    }

    /// Where the lanes lead: the service and the environment, for log lines.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Replaces all lanes at once. When this returns, no request enters a lane that is not among them.
    ///
    /// The order matters: a lane keeps its place while weights change, so that a client changes its lane only when
    /// the weights demand it.
    pub(crate) fn switch(&self, lanes: Vec<Lane>) {
        let table = Table { lanes, expected: false };
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
        self.changed.send_replace(());
    }

    /// Lets requests wait for the lanes that are about to come, instead of refusing them.
    pub(crate) fn expect(&self) {
        self.table.write().unwrap_or_else(PoisonError::into_inner).expected = true;
    }

    /// [`Self::enter`], waiting for lanes if they are expected.
    pub(crate) async fn enter_soon(&self, headers: &HeaderMap, patience: Duration) -> Option<Visit> {
        match self.try_enter(headers, None) {
            Entry::Open(visit) => return Some(visit),
            Entry::Closed => return None,
            Entry::NotYet => {}
        }
        let mut changed = self.changed.subscribe();
        let entered = async {
            loop {
                match self.try_enter(headers, None) {
                    Entry::Open(visit) => return Some(visit),
                    Entry::Closed => return None,
                    Entry::NotYet => changed.changed().await.ok()?,
                }
            }
        };
        tokio::time::timeout(patience, entered).await.ok().flatten()
    }

    /// Chooses a lane for a request and counts the request on it, in one step; `None` if there is no lane.
    pub(crate) fn enter(&self, headers: &HeaderMap, but_not: Option<&Arc<Upstream>>) -> Option<Visit> {
        match self.try_enter(headers, but_not) {
            Entry::Open(visit) => Some(visit),
            Entry::Closed | Entry::NotYet => None,
        }
    }

    fn try_enter(&self, headers: &HeaderMap, but_not: Option<&Arc<Upstream>>) -> Entry {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let open = |lane: &&Lane| but_not.is_none_or(|closed| !Arc::ptr_eq(closed, &lane.upstream));
        let chosen = match &*table.lanes {
            // Most of the time there is one release, and nothing to choose.
            [only] if open(&only) => Some((only, None)),
            lanes => self.choose(&lanes.iter().filter(open).collect::<Vec<_>>(), headers),
        };
        let Some((lane, set_cookie)) = chosen else {
            return if table.expected { Entry::NotYet } else { Entry::Closed };
        };
        // Still under the read lock: a switch waits for it, so whoever drains afterwards sees this visit.
        let stay = lane.upstream.visits().token();
        Entry::Open(Visit { upstream: lane.upstream.clone(), set_cookie, _stay: stay })
    }

    fn choose<'a>(&self, lanes: &[&'a Lane], headers: &HeaderMap) -> Option<(&'a Lane, Option<HeaderValue>)> {
        let mut sharing = lanes.iter().copied().filter(|lane| lane.weight > Weight::NONE);
        match (sharing.next(), sharing.next()) {
            // Nobody has a share, so whoever is ready helps out.
            (None, _) => Some((lanes.first()?, None)),
            (Some(only), None) => Some((only, None)),
            (Some(_), Some(_)) => self.choose_by_client(lanes, headers),
        }
    }

    fn choose_by_client<'a>(
        &self,
        lanes: &[&'a Lane],
        headers: &HeaderMap,
    ) -> Option<(&'a Lane, Option<HeaderValue>)> {
        let (client, set_cookie) = match client(headers) {
            Some(client) => (client.to_owned(), None),
            None => {
                let client = random::label::<CLIENT_BYTES>();
                let cookie = format!("{COOKIE}={client}; Path=/; HttpOnly; SameSite=Lax");
                (client, HeaderValue::try_from(cookie).ok())
            }
        };
        let newest = lanes.last()?.upstream.artifact();
        let lane = pick(lanes, bucket(&client, &self.place, newest))?;
        Some((lane, set_cookie))
    }
}

/// The lane whose range the bucket falls into: the lanes' weights laid end to end.
fn pick<'a>(lanes: &[&'a Lane], bucket: u64) -> Option<&'a Lane> {
    let total: u64 = lanes.iter().map(|lane| u64::from(lane.weight.percent())).sum();
    let point = bucket * total / BUCKETS;
    let mut end = 0;
    lanes.iter().copied().find(|lane| {
        end += u64::from(lane.weight.percent());
        point < end
    })
}

/// Where a client falls among all clients. The newest release is part of it, so that it is not always the same
/// clients who try what is new.
fn bucket(client: &str, place: &str, newest: &Digest) -> u64 {
    let hash = digest(&SHA256, format!("{client} {place} {newest}").as_bytes());
    let head = hash.as_ref().first_chunk::<8>().copied().unwrap_or_default();
    u64::from_be_bytes(head) % BUCKETS
}

/// The identifier in a client's cookie.
fn client(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    let whole = value.len() == CLIENT_BYTES * 2 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then_some(value)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::MeasuredSignals;

    fn lane(artifact: u8, weight: i64) -> Lane {
        let (service, environment) = place();
        let artifact = Digest::from_bytes([artifact; 32]);
        let signals = MeasuredSignals::new(Arc::new(|| Timestamp::UNIX_EPOCH));
        let recorder = signals.recorder(&service, &environment, artifact);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        let upstream = Upstream::new(artifact, address, recorder);
        Lane { upstream, weight: Weight::try_from(weight).unwrap() }
    }

    fn place() -> (ServiceName, EnvironmentName) {
        ("shop".parse().unwrap(), "production".parse().unwrap())
    }

    fn lanes(all: &[Lane]) -> Arc<Lanes> {
        let (service, environment) = place();
        let lanes = Lanes::new(&service, &environment);
        lanes.switch(all.to_vec());
        lanes
    }

    fn with_cookie(client: u32) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let cookie = format!("theme=dark; {COOKIE}={client:024x}");
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers
    }

    fn goes_to(lanes: &Lanes, headers: &HeaderMap) -> u8 {
        lanes.enter(headers, None).unwrap().upstream.artifact().as_bytes()[0]
    }

    #[test]
    fn five_percent_means_five_percent_of_clients() {
        let lanes = lanes(&[lane(1, 95), lane(2, 5)]);
        let new = (0..20_000).filter(|client| goes_to(&lanes, &with_cookie(*client)) == 2).count();
        assert!((880..1_120).contains(&new), "{new} of 20000");
    }

    #[test]
    fn clients_without_a_cookie_are_shared_out_by_request_and_offered_one() {
        let lanes = lanes(&[lane(1, 95), lane(2, 5)]);
        let new = (0..20_000).filter(|_| goes_to(&lanes, &HeaderMap::new()) == 2).count();
        assert!((850..1_150).contains(&new), "{new} of 20000");
        let cookie = lanes.enter(&HeaderMap::new(), None).unwrap().set_cookie.unwrap();
        assert!(cookie.to_str().unwrap().ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    }

    #[test]
    fn the_cookie_that_was_set_leads_back_to_the_same_lane() {
        let lanes = lanes(&[lane(1, 50), lane(2, 50)]);
        for _ in 0..100 {
            let first = lanes.enter(&HeaderMap::new(), None).unwrap();
            let cookie = first.set_cookie.clone().unwrap();
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().parse().unwrap();
            let headers = HeaderMap::from_iter([(header::COOKIE, pair)]);
            let second = lanes.enter(&headers, None).unwrap();
            assert!(Arc::ptr_eq(&first.upstream, &second.upstream));
            assert_eq!(second.set_cookie, None);
        }
    }

    #[test]
    fn a_client_on_the_new_release_stays_there_while_its_share_grows() {
        let (old, new) = (lane(1, 100), lane(2, 0));
        let lanes = lanes(&[]);
        let mut on_new: Vec<u32> = Vec::new();
        for percent in [5, 20, 50, 80, 100] {
            let weight = Weight::try_from(percent).unwrap();
            lanes.switch(vec![Lane { weight: weight.rest(), ..old.clone() }, Lane { weight, ..new.clone() }]);
            let now: Vec<u32> =
                (0..2_000).filter(|client| goes_to(&lanes, &with_cookie(*client)) == 2).collect();
            assert!(on_new.iter().all(|client| now.contains(client)), "at {percent} %");
            on_new = now;
        }
        assert_eq!(on_new.len(), 2_000);
    }

    #[test]
    fn no_cookie_is_set_while_one_release_serves_everybody() {
        let lanes = lanes(&[lane(1, 100), lane(2, 0)]);
        assert_eq!(lanes.enter(&HeaderMap::new(), None).unwrap().set_cookie, None);
        assert_eq!(goes_to(&lanes, &HeaderMap::new()), 1);
    }

    #[test]
    fn a_release_without_a_share_helps_out_when_nobody_else_can() {
        let (first, second) = (lane(1, 100), lane(2, 0));
        let lanes = lanes(&[first.clone(), second]);
        let visit = lanes.enter(&HeaderMap::new(), Some(&first.upstream)).unwrap();
        assert_eq!(visit.upstream.artifact().as_bytes()[0], 2);
        lanes.switch(Vec::new());
        assert!(lanes.enter(&HeaderMap::new(), None).is_none());
    }

    #[test]
    fn what_is_not_an_identifier_is_no_cookie() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("keelson-lane=../../etc; a=b"));
        assert_eq!(client(&headers), None);
    }

    #[tokio::test]
    async fn a_request_waits_for_lanes_that_are_expected_and_for_no_others() {
        let lanes = lanes(&[]);
        let patience = Duration::from_secs(60);
        assert!(lanes.enter_soon(&HeaderMap::new(), patience).await.is_none());
        lanes.expect();
        let waiting = tokio::spawn({
            let lanes = lanes.clone();
            async move { lanes.enter_soon(&HeaderMap::new(), patience).await.is_some() }
        });
        tokio::task::yield_now().await;
        lanes.switch(vec![lane(1, 100)]);
        assert!(waiting.await.unwrap());
    }
}
