//! What Keelson writes beside a target in AWS: whose it is, which request it is at, and whether that one failed.

use domain::rollout::{FailureReport, TargetPhase, TargetRequest};
use domain::{EnvironmentName, ServiceName};

/// The longest description that AWS takes, of an alias as of a deployment.
const LONGEST: usize = 256;
const FAILED: &str = " failed: ";

/// `keelson shop/production #7`, and behind it ` failed: why` if that request cannot be brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) service: ServiceName,
    pub(super) environment: EnvironmentName,
    /// The request's number.
    pub(super) sequence: u64,
    /// Why it failed.
    pub(super) failure: Option<String>,
}

impl Mark {
    pub(super) fn of(request: &TargetRequest) -> Self {
        let TargetRequest { service, environment, sequence, .. } = request;
        Self {
            service: service.clone(),
            environment: environment.clone(),
            sequence: *sequence,
            failure: None,
        }
    }

    pub(super) fn failed(self, why: &str) -> Self {
        // A description is one line.
        let line = why.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { failure: Some(line), ..self }
    }

    /// What stands in a description; `None` if Keelson did not write it.
    pub(super) fn parse(description: &str) -> Option<Self> {
        let (service, rest) = description.strip_prefix("keelson ")?.split_once('/')?;
        let (environment, rest) = rest.split_once(" #")?;
        let (sequence, failure) = match rest.split_once(FAILED) {
            Some((sequence, why)) => (sequence, Some(why.to_owned())),
            None => (rest, None),
        };
        Some(Self {
            service: service.parse().ok()?,
            environment: environment.parse().ok()?,
            sequence: sequence.parse().ok()?,
            failure,
        })
    }

    /// Where the target is with that request, once the mark stands on it.
    pub(super) fn phase(&self) -> TargetPhase {
        match &self.failure {
            None => TargetPhase::Settled,
            Some(why) => {
                let report = FailureReport { summary: why.clone(), ..FailureReport::default() };
                TargetPhase::Failed { report }
            }
        }
    }

    pub(super) fn is_of(&self, service: &ServiceName, environment: &EnvironmentName) -> bool {
        self.service == *service && self.environment == *environment
    }

    /// As it is written, cut to what AWS takes.
    pub(super) fn text(&self) -> String {
        let Self { service, environment, sequence, failure } = self;
        let mut text = format!("keelson {service}/{environment} #{sequence}");
        if let Some(why) = failure {
            text.push_str(FAILED);
            text.push_str(why);
        }
        match text.char_indices().nth(LONGEST) {
            None => text,
            Some(_) => text.chars().take(LONGEST - 1).chain(['…']).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_anything_else_is_nobodys() {
        let mark = Mark {
            service: "shop".parse().unwrap(),
            environment: "production".parse().unwrap(),
            sequence: 7,
            failure: None,
        };
        assert_eq!(mark.text(), "keelson shop/production #7");
        assert_eq!(Mark::parse(&mark.text()), Some(mark.clone()));
        let failed = mark.clone().failed("no\nroom: # failed: twice");
        assert_eq!(Mark::parse(&failed.text()), Some(failed));
        let long = mark.failed(&"ä".repeat(400)).text();
        assert_eq!(long.chars().count(), LONGEST);
        assert_eq!(Mark::parse(&long).unwrap().sequence, 7);
        for others in ["", "Points at prod", "keelson", "keelson shop #7", "keelson a/b #x", "keelson A/b #1"]
        {
            assert_eq!(Mark::parse(others), None, "{others}");
        }
    }
}
