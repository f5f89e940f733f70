//! Who works on the storefront, and what they made of it: five versions, two of which should not stay.

use std::fmt;

use domain::CommitSha;
use sha2::{Digest as _, Sha256};

/// The sample service.
pub(super) const SERVICE: &str = "storefront";
/// Its team.
pub(super) const TEAM: &str = "shop";
/// Its repository on the git host.
pub(super) const REPOSITORY: &str = "acme/storefront";
/// The connection to the git host.
pub(super) const CONNECTION: &str = "github";
/// The checks of its CI.
pub(super) const CHECKS: [&str; 3] = ["lint", "unit", "integration"];
/// How long the git host takes until it asks for the first job, and CI after the last one to upload, in seconds.
const AROUND_CI: i64 = 3;

/// One job of CI. Lengths are in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct CiJob {
    /// Its name.
    pub(super) name: &'static str,
    /// How long after the push it was asked for.
    pub(super) after: i64,
    /// How long it waited for a runner.
    pub(super) queue: i64,
    /// Its steps with their lengths, in order.
    pub(super) steps: [(&'static str, i64); 3],
}

impl CiJob {
    /// How long it ran.
    pub(super) fn run(&self) -> i64 {
        self.steps.iter().map(|(_, seconds)| seconds).sum()
    }

    /// How long after the push it ended.
    pub(super) fn ends(&self) -> i64 {
        self.after + self.queue + self.run()
    }
}

/// Somebody of the team.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    /// The name in commits.
    pub(super) name: &'static str,
    /// The login on the git host; the e-mail address is made of it.
    pub(super) login: &'static str,
}

const MIRA: Person = Person { name: "Mira Okafor", login: "mira-okafor" };
const JONAS: Person = Person { name: "Jonas Lindqvist", login: "jlindqvist" };
const AIKO: Person = Person { name: "Aiko Tanaka", login: "aikot" };
const SAM: Person = Person { name: "Sam Rivera", login: "samrivera" };

/// A pull request with its commits, and the version that is built after its merge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    /// Its number, from 1; also what its commits and deliveries are told apart by.
    pub(super) number: usize,
    /// Its name.
    pub(super) name: &'static str,
    /// The pull request's number.
    pub(super) pull_request: u64,
    /// The pull request's title.
    pub(super) title: &'static str,
    /// Its branch.
    pub(super) branch: &'static str,
    /// Who opened it and wrote its commits.
    pub(super) author: Person,
    /// Who merged it.
    pub(super) merged_by: Person,
    /// The messages of its commits, oldest first.
    pub(super) commits: &'static [&'static str],
    /// How the version behaves.
    pub(super) behavior: Behavior,
    /// How long its integration tests took, in seconds: they grow.
    pub(super) tests: i64,
}

/// How a version behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behavior {
    /// As it should.
    Good,
    /// Every request takes far too long.
    Slow,
    /// One request in ten fails.
    Failing,
}

/// The versions in the order in which they come.
pub(super) const VERSIONS: [Version; 5] = [
    Version {
        number: 1,
        name: "1.0",
        pull_request: 11,
        title: "Open the storefront",
        branch: "open-the-storefront",
        author: MIRA,
        merged_by: JONAS,
        commits: &[
            "Lay out the catalog page",
            "Keep the basket in the session\n\nCo-authored-by: Aiko Tanaka <aikot@acme.example>",
            "Answer /readyz once the catalog is loaded",
        ],
        behavior: Behavior::Good,
        tests: 142,
    },
    Version {
        number: 2,
        name: "1.1",
        pull_request: 14,
        title: "Show prices with tax",
        branch: "prices-with-tax",
        author: AIKO,
        merged_by: MIRA,
        commits: &["Look the tax rate up by country", "Show prices with tax"],
        behavior: Behavior::Good,
        tests: 149,
    },
    Version {
        number: 3,
        name: "1.2",
        pull_request: 15,
        title: "Recommend what others bought",
        branch: "recommendations",
        author: SAM,
        merged_by: JONAS,
        commits: &["Ask the recommender for every product on the page"],
        behavior: Behavior::Slow,
        tests: 153,
    },
    Version {
        number: 4,
        name: "1.3",
        pull_request: 17,
        title: "Check out in one page",
        branch: "one-page-checkout",
        author: JONAS,
        merged_by: SAM,
        commits: &[
            "Put address and payment on one page",
            "Ask the payment provider before the basket is saved\n\nCo-authored-by: Mira Okafor <mira-okafor@acme.example>",
        ],
        behavior: Behavior::Failing,
        tests: 161,
    },
    Version {
        number: 5,
        name: "1.4",
        pull_request: 18,
        title: "Save the basket before asking the payment provider",
        branch: "save-the-basket-first",
        author: JONAS,
        merged_by: AIKO,
        commits: &["Save the basket before asking the payment provider", "Ask the recommender once per page"],
        behavior: Behavior::Good,
        tests: 195,
    },
];

impl Person {
    /// The e-mail address in commits.
    pub(super) fn email(self) -> String {
        format!("{}@acme.example", self.login)
    }
}

impl Version {
    /// What the push brings: the commits of the pull request, oldest first, and the merge. The first push brings
    /// the beginning of the repository too.
    pub(super) fn history(&self) -> Vec<(CommitSha, String, Person)> {
        let root = self.before().is_none().then(|| (root(), "Begin".to_owned(), self.author));
        root.into_iter().chain(self.own()).collect()
    }

    fn own(&self) -> impl Iterator<Item = (CommitSha, String, Person)> {
        let own = self.commits.iter().map(|message| ((*message).to_owned(), self.author));
        let merge =
            format!("Merge pull request #{} from acme/{}\n\n{}", self.pull_request, self.branch, self.title);
        let (number, all) = (self.number, own.chain([(merge, self.merged_by)]).enumerate());
        all.map(move |(index, (message, person))| (commit(number, index), message, person))
    }

    /// The jobs of its CI. The integration tests take longest; what they wait for a runner differs from time to time.
    pub(super) fn jobs(&self) -> [CiJob; 3] {
        let number = i64::try_from(self.number).unwrap_or(0);
        let wait = |usual: i64| usual + number * 7 % 9;
        let job = |name, queue, steps| CiJob { name, after: AROUND_CI, queue, steps };
        let [lint, unit, integration] = CHECKS;
        [
            job(lint, wait(5), [("Set up job", 3), ("cargo fmt --check", 4), ("cargo clippy", 31)]),
            job(unit, wait(9), [("Set up job", 3), ("cargo build", 41), ("cargo nextest run", 52)]),
            job(
                integration,
                wait(20),
                [("Set up job", 4), ("cargo build", 66), ("cargo nextest run --test e2e", self.tests)],
            ),
        ]
    }

    /// How long its CI took from the push, in seconds.
    pub(super) fn ci_takes(&self) -> i64 {
        self.jobs().iter().map(CiJob::ends).max().unwrap_or(0) + AROUND_CI
    }

    /// The commit that the branch points to once it is merged, and that the artifact is built from.
    pub(super) fn head(&self) -> CommitSha {
        commit(self.number, self.commits.len())
    }

    /// Where the branch was before.
    pub(super) fn before(&self) -> Option<CommitSha> {
        let before = VERSIONS.iter().find(|version| version.number + 1 == self.number)?;
        Some(before.head())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.name, self.title)
    }
}

/// The first commit of the repository.
pub(super) fn root() -> CommitSha {
    commit(0, 0)
}

/// A commit hash that is the same whenever the demo runs.
fn commit(version: usize, index: usize) -> CommitSha {
    let hash = hex::encode(Sha256::digest(format!("{REPOSITORY} {version} {index}")));
    hash[..40].parse().expect("forty hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_follows_the_one_before() {
        assert_eq!(VERSIONS[0].before(), None);
        for pair in VERSIONS.windows(2) {
            assert_eq!(pair[1].before(), Some(pair[0].head()));
            // Its push must not come before the one before it: the story itself takes longer than that from one to the next.
            assert!(pair[1].ci_takes() - pair[0].ci_takes() < 42, "{}", pair[1].name);
            assert_eq!(pair[1].history().last().map(|(sha, ..)| sha.clone()), Some(pair[1].head()));
        }
    }
}
