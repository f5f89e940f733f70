//! Signing in at an identity provider (OpenID Connect): who somebody is there, and what that gives them here.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Login;
use crate::access::{Grant, InvalidGrant};

/// How long a login may be that is made of a name; a number may follow.
const LONGEST_LOGIN: usize = 36;
/// The login of somebody whose provider tells no usable name.
const NAMELESS: &str = "user";

/// Somebody as an identity provider knows them.
///
/// The pair is unique and is never given to another person (OpenID Connect Core, section 2, `sub`), which holds for no
/// name and no address: nothing else decides who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The provider, exactly as it names itself.
    pub issuer: String,
    /// The person, as the provider numbers them.
    pub subject: String,
}

/// What a provider tells of somebody besides who it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name they sign in with there. They may have chosen it themselves.
    pub username: Option<String>,
    /// The name to show.
    pub name: Option<String>,
    /// Their e-mail address, if the provider has verified it.
    pub email: Option<String>,
    /// The domain whose provider vouches that they belong to it, in lower case.
    pub domain: Option<String>,
    /// Their groups.
    pub groups: Vec<String>,
}

impl Profile {
    /// The login for somebody new: the first is made of their name, those after it have a number.
    ///
    /// It never decides who somebody is, so it only has to be free.
    ///
    /// # Panics
    /// If the number has more than three digits.
    pub fn login(&self, number: u32) -> Login {
        let before_at = |text: &String| text.split('@').next().unwrap_or_default().to_owned();
        let names =
            [self.username.as_ref().map(before_at), self.email.as_ref().map(before_at), self.name.clone()];
        let login = names.into_iter().flatten().find_map(|name| login_like(&name));
        let login = login.map_or_else(|| NAMELESS.to_owned(), String::from);
        let numbered = if number < 2 { login } else { format!("{login}-{number}") };
        // Letters, digits and a hyphen after a login that is short enough always make a login.
        numbered.parse().expect("a short login with a number is a login")
    }
}

/// A login that looks like a name: `Ada.Lovelace` is `ada-lovelace`. None if no letter is left.
pub fn login_like(name: &str) -> Option<Login> {
    let lower = name.trim().to_lowercase();
    let fitting = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let slug: String = lower.chars().map(fitting).skip_while(|c| !c.is_ascii_alphabetic()).collect();
    slug.get(..LONGEST_LOGIN).unwrap_or(&slug).trim_end_matches('-').parse().ok()
}

/// Which groups of the provider give which rights: `GROUP=ROLE[@TEAM][/ENVIRONMENT]`, separated by `;` or line ends.
///
/// `*` stands for everybody the provider signs in, and `@example.com` for whom it vouches to belong to that domain.
/// What is before the last `=` is the group, whose name may hold anything but `;`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRoles(Vec<(Members, Grant)>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Members {
    Everybody,
    OfDomain(String),
    OfGroup(String),
}

/// Why a text is no [`GroupRoles`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGroupRoles {
    /// A part without a role, or without a group.
    #[error("`{0}` is not `GROUP=ROLE`, such as `platform=admin; shop=developer@shop/staging; *=viewer`")]
    NotARule(String),
    /// A part whose role is none.
    #[error("`{0}`: {1}")]
    Grant(String, InvalidGrant),
}

impl FromStr for GroupRoles {
    type Err = InvalidGroupRoles;

    fn from_str(given: &str) -> Result<Self, InvalidGroupRoles> {
        let rules = given.split([';', '\n']).map(str::trim).filter(|rule| !rule.is_empty());
        rules.map(rule).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

fn rule(given: &str) -> Result<(Members, Grant), InvalidGroupRoles> {
    let not_a_rule = || InvalidGroupRoles::NotARule(given.to_owned());
    let (group, grant) = given.rsplit_once('=').ok_or_else(not_a_rule)?;
    let (group, grant) = (group.trim(), grant.trim());
    let members = match (group, group.strip_prefix('@')) {
        ("" | "@", _) => return Err(not_a_rule()),
        ("*", _) => Members::Everybody,
        (_, Some(domain)) => Members::OfDomain(domain.to_ascii_lowercase()),
        (group, None) => Members::OfGroup(group.to_owned()),
    };
    let grant = grant.parse().map_err(|error| InvalidGroupRoles::Grant(given.to_owned(), error))?;
    Ok((members, grant))
}

impl GroupRoles {
    /// What somebody may do, by what their provider tells of them.
    pub fn grants(&self, profile: &Profile) -> Vec<Grant> {
        let is_member = |members: &Members| match members {
            Members::Everybody => true,
            Members::OfDomain(domain) => profile.domain.as_ref() == Some(domain),
            Members::OfGroup(group) => profile.groups.contains(group),
        };
        let mut grants: Vec<Grant> =
            self.0.iter().filter(|(members, _)| is_member(members)).map(|(_, grant)| grant.clone()).collect();
        grants.sort();
        grants.dedup();
        grants
    }
}

/// How long an address within the panel may be.
const LONGEST_PATH: usize = 1_000;

/// Whether an address leads to a page of the panel, and nowhere else: not to another site however a browser reads it,
/// and not into another sign-in.
pub fn is_within_panel(address: &str) -> bool {
    let is_path = address.starts_with('/') && !address.starts_with("//") && !address.contains('\\');
    // Browsers leave tabs and line ends out of addresses, so `/<tab>/evil` is `//evil`.
    let is_plain = address.len() <= LONGEST_PATH && address.bytes().all(|b| b.is_ascii_graphic());
    is_path && is_plain && !address.starts_with("/auth/")
}

/// Why somebody is not signed in by their identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignInProblem {
    /// The installation has no identity provider.
    NotOffered,
    /// The way back ended in a browser in which no sign-in was begun.
    OtherBrowser,
    /// It took too long, or the way back was taken twice.
    Expired,
    /// The answer belongs to another sign-in than the one that this browser began last.
    MixedUp,
    /// The answer comes from another provider than the one that was asked.
    OtherIssuer,
    /// The person or the provider said no.
    Declined,
    /// The provider does not answer, or not with what it should.
    Unreachable,
    /// The provider does not take its own code back: it was used, is too old, or was made for somebody else.
    CodeRefused,
    /// The provider's token does not prove who signs in.
    TokenRefused,
    /// The provider says that there are too many groups to list, so nothing is known of them.
    GroupsLeftOut,
    /// Nothing that is known of the person gives them a role.
    NoRole,
    /// An admin has disabled the person.
    Disabled,
    /// The person signs in all the time.
    TooOften,
}

impl SignInProblem {
    /// Every problem.
    pub const ALL: [Self; 13] = [
        Self::NotOffered,
        Self::OtherBrowser,
        Self::Expired,
        Self::MixedUp,
        Self::OtherIssuer,
        Self::Declined,
        Self::Unreachable,
        Self::CodeRefused,
        Self::TokenRefused,
        Self::GroupsLeftOut,
        Self::NoRole,
        Self::Disabled,
        Self::TooOften,
    ];

    /// Its word in an address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotOffered => "not_offered",
            Self::OtherBrowser => "other_browser",
            Self::Expired => "expired",
            Self::MixedUp => "mixed_up",
            Self::OtherIssuer => "other_issuer",
            Self::Declined => "declined",
            Self::Unreachable => "unreachable",
            Self::CodeRefused => "code_refused",
            Self::TokenRefused => "token_refused",
            Self::GroupsLeftOut => "groups_left_out",
            Self::NoRole => "no_role",
            Self::Disabled => "disabled",
            Self::TooOften => "too_often",
        }
    }

    /// The problem of that word.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|problem| problem.code() == code)
    }

    /// What happened and what helps, for the person who wants to sign in.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotOffered => {
                "This installation has no identity provider. Sign in by a one-time link, or ask an admin to set one up."
            }
            Self::OtherBrowser => {
                "No sign-in was begun in this browser. Begin here; a link from another browser or device does not work."
            }
            Self::Expired => {
                "This sign-in was used already, or took longer than ten minutes. Nobody was signed in. Begin again."
            }
            Self::MixedUp => {
                "The answer belongs to another sign-in than the last one that this browser began, so nobody was signed \
                 in. Begin again, in one tab."
            }
            Self::OtherIssuer => {
                "The answer comes from another identity provider than the one that was asked, so nobody was signed in. \
                 Begin again; if it happens again, tell an admin."
            }
            Self::Declined => "The identity provider did not sign you in. Begin again if that was not meant.",
            Self::Unreachable => {
                "The identity provider does not answer as it should, so nobody was signed in. Begin again in a moment; \
                 Keelson's log says more."
            }
            Self::CodeRefused => {
                "The identity provider did not take its own code back, so nobody was signed in. Begin again; if it \
                 happens again, an admin finds the reason in the audit log."
            }
            Self::TokenRefused => {
                "What the identity provider sent does not prove who you are, so nobody was signed in. An admin finds \
                 the reason in the audit log."
            }
            Self::GroupsLeftOut => {
                "You are in so many groups that the identity provider does not list them, so nothing is known of your \
                 rights. An admin has to let the provider send only the groups that matter to Keelson."
            }
            Self::NoRole => {
                "The identity provider knows you, but none of your groups has a role here. An admin can give one of them \
                 a role (KEELSON_SIGN_IN_OIDC_ROLES), or link you to a person of this installation (keelson user \
                 link-identity)."
            }
            Self::Disabled => "An admin has disabled you here. Only an admin can enable you again.",
            Self::TooOften => "You signed in very often just now. Wait a minute, and begin again.",
        }
    }
}

impl fmt::Display for SignInProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(rules: &str, profile: &Profile) -> Vec<String> {
        let rules: GroupRoles = rules.parse().unwrap();
        rules.grants(profile).iter().map(ToString::to_string).collect()
    }

    fn in_groups(groups: &[&str]) -> Profile {
        Profile { groups: groups.iter().map(|group| (*group).to_owned()).collect(), ..Profile::default() }
    }

    #[test]
    fn groups_give_rights_and_nothing_else_does() {
        let rules = "platform=admin; /shop/dev = developer@shop ;shop=operator@shop/staging;CN=ops,OU=x=operator\n*=viewer";
        assert_eq!(grants(rules, &in_groups(&["platform"])), ["viewer", "admin"]);
        assert_eq!(
            grants(rules, &in_groups(&["/shop/dev", "shop"])),
            ["viewer", "developer@shop", "operator@shop/staging"]
        );
        assert_eq!(grants(rules, &in_groups(&["CN=ops,OU=x"])), ["viewer", "operator"]);
        assert_eq!(grants(rules, &in_groups(&["Platform", "plat", "*", "@"])), ["viewer"]);
        assert!(grants("platform=admin", &in_groups(&[])).is_empty());
        assert!(grants("", &in_groups(&["platform"])).is_empty());
    }

    #[test]
    fn a_domain_counts_only_if_the_provider_vouches_for_it() {
        let claimed = Profile { email: Some("eve@example.com".to_owned()), ..in_groups(&["@example.com"]) };
        assert!(grants("@Example.com=developer", &claimed).is_empty());
        let vouched = Profile { domain: Some("example.com".to_owned()), ..Profile::default() };
        assert_eq!(grants("@Example.com=developer", &vouched), ["developer"]);
    }

    #[test]
    fn a_rule_that_means_nothing_is_named() {
        let refused = |rules: &str| rules.parse::<GroupRoles>().unwrap_err().to_string();
        insta::assert_snapshot!(refused("a=viewer; platform"), @"`platform` is not `GROUP=ROLE`, such as `platform=admin; shop=developer@shop/staging; *=viewer`");
        insta::assert_snapshot!(refused("=admin"), @"`=admin` is not `GROUP=ROLE`, such as `platform=admin; shop=developer@shop/staging; *=viewer`");
        insta::assert_snapshot!(refused("a=boss"), @"`a=boss`: there is no role `boss`; there are viewer, developer, operator, admin");
    }

    #[test]
    fn a_login_is_made_of_what_there_is() {
        let profile = |username: &str, email: &str, name: &str| {
            let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            Profile { username: some(username), email: some(email), name: some(name), ..Profile::default() }
        };
        for (profile, expected) in [
            (profile("Ada.L@corp.example", "x@y", "Z"), "ada-l"),
            (profile("42", "grace@example.com", ""), "grace"),
            (profile("", "", "Grace Hopper"), "grace-hopper"),
            (profile("", "", ""), "user"),
            (profile("\u{202e}日本", "", ""), "user"),
        ] {
            assert_eq!(profile.login(1).as_str(), expected);
            assert_eq!(profile.login(2).as_str(), format!("{expected}-2"));
        }
        assert_eq!(profile(&"x".repeat(90), "", "").login(999).as_str().len(), 40);
    }

    #[test]
    fn an_address_within_the_panel_leads_nowhere_else() {
        for within in ["/", "/audit", "/services/a?tab=b&x=%2F%2F"] {
            assert!(is_within_panel(within), "{within}");
        }
        let long = format!("/{}", "a".repeat(1_000));
        for elsewhere in [
            "",
            "audit",
            "//evil.example",
            "/\\evil.example",
            "\\/evil",
            "/\t/evil.example",
            "/ /evil",
            "/\u{e9}",
            "https://evil.example",
            "javascript:alert(1)",
            "/auth/oidc",
            &long,
        ] {
            assert!(!is_within_panel(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn every_problem_has_a_word_and_a_sentence() {
        for problem in SignInProblem::ALL {
            assert_eq!(SignInProblem::of_code(problem.code()), Some(problem));
            assert_eq!(serde_json::to_value(problem).unwrap(), problem.code());
            assert!(problem.sentence().ends_with(['.', ')']), "{problem}");
        }
    }
}
