//! An alias: where it points, and what Keelson wrote on it.

use std::collections::HashMap;

use aws_sdk_lambda::operation::get_alias::GetAliasOutput;
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use domain::Weight;
use domain::manifest::LambdaTarget;

use super::LambdaAliases;
use crate::deploy::fault::{Fault, code};
use crate::deploy::mark::Mark;

/// Where an alias points: most requests to one version, and some to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Routing {
    /// The version that gets what the other does not.
    pub(super) main: String,
    /// Another version, and its share.
    pub(super) other: Option<(String, Weight)>,
}

impl Routing {
    /// The routing that gives versions their weights; `None` if no version has any.
    pub(super) fn of(versions: &[(String, Weight)]) -> Option<Self> {
        let mut serving: Vec<&(String, Weight)> =
            versions.iter().filter(|(_, weight)| *weight > Weight::NONE).collect();
        serving.sort_by_key(|(_, weight)| std::cmp::Reverse(weight.percent()));
        let (main, _) = serving.first()?;
        let other = serving.get(1).map(|(version, weight)| (version.clone(), *weight));
        Some(Self { main: main.clone(), other })
    }

    /// Every version that serves, with its weight.
    pub(super) fn weights(&self) -> Vec<(String, Weight)> {
        match &self.other {
            None => vec![(self.main.clone(), Weight::ALL)],
            Some((other, weight)) => vec![(self.main.clone(), weight.rest()), (other.clone(), *weight)],
        }
    }

    fn to_sdk(&self) -> AliasRoutingConfiguration {
        let weights =
            self.other.iter().map(|(version, weight)| (version.clone(), f64::from(weight.percent()) / 100.0));
        // Empty, not absent: absent would leave the weights as they are.
        let weights: HashMap<String, f64> = weights.collect();
        AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
    }
}

/// An alias as it was read.
#[derive(Debug, Clone)]
pub(super) struct Alias {
    pub(super) routing: Routing,
    /// Absent before Keelson's first request.
    pub(super) mark: Option<Mark>,
    /// Changes with every change of the alias: the lock under which it is written.
    revision: Option<String>,
}

impl Alias {
    fn read(output: &GetAliasOutput) -> Self {
        let weights = output.routing_config().and_then(AliasRoutingConfiguration::additional_version_weights);
        let other = weights.and_then(|weights| weights.iter().next()).map(|(version, share)| {
            let percent = (share * 100.0).round().clamp(0.0, 100.0) as i64;
            (version.clone(), Weight::try_from(percent).unwrap_or(Weight::NONE))
        });
        let main = output.function_version().unwrap_or_default().to_owned();
        Self {
            routing: Routing { main, other },
            mark: output.description().and_then(Mark::parse),
            revision: output.revision_id().map(str::to_owned),
        }
    }
}

/// What became of an attempt to move an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Done,
    /// It is no longer as it was when it was read. Nothing was changed.
    TooLate,
}

impl LambdaAliases {
    /// The alias; `None` if there is none.
    pub(super) async fn alias(&self, target: &LambdaTarget) -> Result<Option<Alias>, Fault> {
        let LambdaTarget { function, alias, .. } = target;
        let found = self.client.get_alias().function_name(function).name(alias).send().await;
        match found {
            Ok(found) => Ok(Some(Alias::read(&found))),
            Err(error) if code(&error) == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => {
                Err(Fault::of(format_args!("read alias `{alias}` of function `{function}`"), &error))
            }
        }
    }

    /// Points the alias there and writes the mark on it, in one call; without a routing only the latter.
    pub(super) async fn point(
        &self,
        target: &LambdaTarget,
        alias: Option<&Alias>,
        routing: Option<&Routing>,
        mark: &Mark,
    ) -> Result<Moved, Fault> {
        let LambdaTarget { function, alias: name, .. } = target;
        let what = format!("move alias `{name}` of function `{function}`");
        let Some(alias) = alias else { return self.make(target, routing, mark).await };
        let update = self
            .client
            .update_alias()
            .function_name(function)
            .name(name)
            .description(mark.text())
            .set_function_version(routing.map(|routing| routing.main.clone()))
            .set_routing_config(routing.map(Routing::to_sdk))
            .set_revision_id(alias.revision.clone());
        match update.send().await {
            Ok(_) => Ok(Moved::Done),
            Err(error) if is_another_revision(code(&error)) => Ok(Moved::TooLate),
            Err(error) => Err(Fault::of(what, &error)),
        }
    }

    /// The first request for an alias that nobody has made yet.
    async fn make(
        &self,
        target: &LambdaTarget,
        routing: Option<&Routing>,
        mark: &Mark,
    ) -> Result<Moved, Fault> {
        let LambdaTarget { function, alias: name, .. } = target;
        // Nothing shall run, and nothing does.
        let Some(routing) = routing else { return Ok(Moved::Done) };
        let create = self
            .client
            .create_alias()
            .function_name(function)
            .name(name)
            .description(mark.text())
            .function_version(&routing.main)
            .set_routing_config(routing.other.is_some().then(|| routing.to_sdk()));
        match create.send().await {
            Ok(_) => Ok(Moved::Done),
            // It is there by now.
            Err(error) if code(&error) == Some("ResourceConflictException") => Ok(Moved::TooLate),
            Err(error) => {
                Err(Fault::of(format_args!("make alias `{name}` of function `{function}`"), &error))
            }
        }
    }
}

/// Whether a write was refused because what it was for has changed.
pub(super) fn is_another_revision(code: Option<&str>) -> bool {
    matches!(code, Some("PreconditionFailedException" | "ResourceConflictException"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(percent: i64) -> Weight {
        Weight::try_from(percent).unwrap()
    }

    #[test]
    fn the_version_with_most_traffic_is_the_main_one_and_one_without_any_is_left_out() {
        let routing = |versions: &[(&str, i64)]| {
            let versions: Vec<(String, Weight)> =
                versions.iter().map(|(version, percent)| ((*version).to_owned(), weight(*percent))).collect();
            Routing::of(&versions)
        };
        let canary = routing(&[("3", 5), ("2", 95)]).unwrap();
        assert_eq!((canary.main.as_str(), canary.other.clone()), ("2", Some(("3".to_owned(), weight(5)))));
        assert_eq!(canary.weights(), [("2".to_owned(), weight(95)), ("3".to_owned(), weight(5))]);
        let all = routing(&[("3", 100), ("2", 0)]).unwrap();
        assert_eq!((all.main.as_str(), all.other), ("3", None));
        assert_eq!(routing(&[]), None);
    }
}
