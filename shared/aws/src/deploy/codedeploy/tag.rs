//! What Keelson writes on a deployment group: a tag, as a group has no description.

use aws_sdk_codedeploy::types::Tag;
use domain::manifest::CodeDeployGroup;

use super::CodeDeploy;
use crate::deploy::fault::Fault;
use crate::deploy::mark::Mark;

/// The tag's key.
const KEY: &str = "keelson";

/// A deployment group as it is.
#[derive(Debug, Clone)]
pub(in crate::deploy) struct Group {
    arn: String,
    /// What Keelson wrote on it.
    pub(in crate::deploy) mark: Option<Mark>,
    /// The deployment that succeeded last, however long ago.
    pub(in crate::deploy) last: Option<String>,
}

impl CodeDeploy {
    /// Reads a group and what is written on it.
    pub(in crate::deploy) async fn group(&self, place: &CodeDeployGroup) -> Result<Group, Fault> {
        let CodeDeployGroup { application, group, .. } = place;
        let what = format!("read deployment group `{group}` of `{application}`");
        let get = self.client.get_deployment_group().application_name(application);
        let read = get.deployment_group_name(group).send().await.map_err(|error| Fault::of(&what, &error))?;
        let info = read.deployment_group_info();
        // The account stands nowhere but in the role.
        let role = info.and_then(|info| info.service_role_arn()).unwrap_or_default();
        let mut parts = role.split(':');
        let (partition, account) = (parts.nth(1).unwrap_or("aws"), parts.nth(2).unwrap_or_default());
        let arn = format!(
            "arn:{partition}:codedeploy:{}:{account}:deploymentgroup:{application}/{group}",
            self.region
        );
        let tags = self.client.list_tags_for_resource().resource_arn(&arn).send().await;
        let tags = tags.map_err(|error| Fault::of(&what, &error))?;
        let tag = tags.tags().iter().find(|tag| tag.key() == Some(KEY));
        let last = info.and_then(|info| info.last_successful_deployment());
        Ok(Group {
            arn,
            mark: tag.and_then(Tag::value).and_then(read_tag),
            last: last.and_then(|last| last.deployment_id()).map(str::to_owned),
        })
    }

    /// Writes on a group.
    pub(in crate::deploy) async fn write(&self, group: &Group, mark: &Mark) -> Result<(), Fault> {
        let tag = Tag::builder().key(KEY).value(tag(mark)).build();
        let write = self.client.tag_resource().resource_arn(&group.arn).tags(tag).send().await;
        write.map(drop).map_err(|error| Fault::of(format_args!("tag {}", group.arn), &error))
    }
}

/// A mark in the letters that a tag may have.
fn tag(mark: &Mark) -> String {
    let text = mark.text().replacen(" #", " +", 1);
    let allowed = |letter: char| {
        if letter.is_alphanumeric() || " +-=._:/@".contains(letter) { letter } else { '.' }
    };
    text.chars().map(allowed).collect()
}

fn read_tag(value: &str) -> Option<Mark> {
    Mark::parse(&value.replacen(" +", " #", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_the_letters_of_a_tag() {
        let mark = Mark {
            service: "shop".parse().unwrap(),
            environment: "production".parse().unwrap(),
            sequence: 7,
            failure: None,
        };
        assert_eq!(tag(&mark), "keelson shop/production +7");
        assert_eq!(read_tag(&tag(&mark)), Some(mark.clone()));
        let failed = read_tag(&tag(&mark.failed("no `appspec.yml` (really)"))).unwrap();
        assert_eq!(failed.failure.as_deref(), Some("no .appspec.yml. .really."));
    }
}
