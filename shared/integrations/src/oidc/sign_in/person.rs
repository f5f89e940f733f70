//! The ID token: who signs in, if it proves that.

use domain::sign_in::{Identity, Profile};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Failed, Person, Registration};
use crate::oidc::claims::Claims;
use crate::oidc::issuer::Issuer;
use crate::oidc::token::{Algorithm, Token};
use crate::oidc::{Refused, later};

/// How long a subject may be (OpenID Connect Core, section 2).
const LONGEST_SUBJECT: usize = 255;
/// How much of a name is kept, in characters.
const LONGEST_TEXT: usize = 200;
/// How many groups are looked at.
const MOST_GROUPS: usize = 2_000;
/// Google signs in whoever has an account there, with any address: only its claim `hd` says who belongs to a domain.
const GOOGLE: &str = "https://accounts.google.com";

/// What an ID token says of a person (OpenID Connect Core, sections 2 and 5.1).
#[derive(Deserialize)]
struct About {
    #[serde(rename = "sub")]
    subject: String,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default, rename = "azp")]
    client: Option<String>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    /// A truth, which some write as text.
    #[serde(default)]
    email_verified: Option<Value>,
    /// Google's word for the domain that an account belongs to.
    #[serde(default, rename = "hd")]
    hosted_domain: Option<String>,
}

/// Checks a token, and reads whom it is about.
pub(super) async fn read(
    issuer: &Issuer,
    registration: &Registration,
    token: &str,
    nonce: &str,
    now: Timestamp,
) -> Result<Person, Failed> {
    let token = Token::parse(token, &[Algorithm::Rs256, Algorithm::Es256])?;
    let told = issuer.claims(&token, now).await?;
    let unreadable = |_| Refused::malformed("its claims are not those of an ID token");
    let claims = Claims::deserialize(&told).map_err(unreadable)?;
    let about = About::deserialize(&told).map_err(unreadable)?;
    claims.check(issuer.name(), now)?;
    check(&claims, &about, &registration.client_id, nonce, now)?;
    let identity = Identity { issuer: issuer.name().to_owned(), subject: about.subject.clone() };
    if leaves_groups_out(&told, &registration.groups_claim) {
        return Err(Failed::GroupsLeftOut(identity));
    }
    let groups = groups(&told, &registration.groups_claim);
    Ok(Person { profile: profile(about, issuer.name(), groups), identity })
}

/// OpenID Connect Core, section 3.1.3.7.
fn check(
    claims: &Claims,
    about: &About,
    client_id: &str,
    nonce: &str,
    now: Timestamp,
) -> Result<(), Refused> {
    if !claims.audience.all().iter().any(|audience| audience == client_id) {
        return Err(Refused::Audience(client_id.to_owned()));
    }
    // For several audiences it must say who asked for it; and whoever asked must be this installation.
    let is_ours = match &about.client {
        Some(client) => client == client_id,
        None => claims.audience.all().len() == 1,
    };
    if !is_ours {
        return Err(Refused::Client(client_id.to_owned()));
    }
    let issued_at =
        claims.issued_at.ok_or_else(|| Refused::malformed("it does not say when it was issued"))?;
    if issued_at > later(now) {
        return Err(Refused::NotYetValid(issued_at));
    }
    if about.nonce.as_deref() != Some(nonce) {
        return Err(Refused::Nonce);
    }
    let is_name = !about.subject.is_empty() && about.subject.len() <= LONGEST_SUBJECT;
    if !is_name || about.subject.contains(char::is_control) {
        return Err(Refused::malformed("its subject is none"));
    }
    Ok(())
}

fn profile(about: About, issuer: &str, groups: Vec<String>) -> Profile {
    let is_verified = matches!(&about.email_verified, Some(Value::Bool(true)))
        || about.email_verified.as_ref().and_then(Value::as_str) == Some("true");
    let email = about.email.and_then(text).filter(|email| is_verified && is_address(email));
    let domain = match issuer {
        GOOGLE => about.hosted_domain,
        _ => email.as_ref().and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain.to_owned()),
    };
    Profile {
        username: about.preferred_username.and_then(text),
        name: about.name.and_then(text),
        domain: domain.map(|domain| domain.to_ascii_lowercase()),
        email,
        groups,
    }
}

/// A text that can be shown on one line, if anything of it can.
fn text(given: String) -> Option<String> {
    let shown: String = given.chars().filter(|c| !c.is_control()).take(LONGEST_TEXT).collect();
    Some(shown.trim().to_owned()).filter(|shown| !shown.is_empty())
}

fn is_address(email: &str) -> bool {
    email.contains('@') && !email.contains(char::is_whitespace)
}

fn groups(told: &Value, claim: &str) -> Vec<String> {
    let found = if claim.starts_with('/') { told.pointer(claim) } else { told.get(claim) };
    let texts = match found {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).take(MOST_GROUPS).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().map(str::to_owned).collect()
}

/// Whether there are so many groups that the token only says where to ask for them, as Entra's do ("groups overage").
fn leaves_groups_out(told: &Value, claim: &str) -> bool {
    let elsewhere = told.get("_claim_names").and_then(|names| names.get(claim)).is_some();
    elsewhere || (claim == "groups" && told.get("hasgroups").and_then(Value::as_bool) == Some(true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(claims: &Value, issuer: &str) -> Profile {
        profile(About::deserialize(claims).unwrap(), issuer, Vec::new())
    }

    #[test]
    fn only_a_verified_address_counts() {
        let with = |verified: Value| {
            let claims = json!({ "sub": "1", "email": "ada@Example.com", "email_verified": verified });
            told(&claims, "https://id.example")
        };
        for verified in [json!(true), json!("true")] {
            assert_eq!(with(verified.clone()).email.as_deref(), Some("ada@Example.com"), "{verified}");
            assert_eq!(with(verified).domain.as_deref(), Some("example.com"));
        }
        for unverified in [json!(false), json!("false"), json!(1), Value::Null] {
            assert_eq!(with(unverified.clone()), Profile::default(), "{unverified}");
        }
    }

    #[test]
    fn google_vouches_for_a_domain_only_by_its_own_claim() {
        let mut claims = json!({ "sub": "1", "email": "eve@example.com", "email_verified": true });
        assert_eq!(told(&claims, GOOGLE).domain, None);
        claims["hd"] = json!("Example.com");
        assert_eq!(told(&claims, GOOGLE).domain.as_deref(), Some("example.com"));
    }

    #[test]
    fn groups_are_found_wherever_the_provider_puts_them() {
        let claims = json!({
            "groups": ["a", 7, "b"], "role": "one", "https://acme.example/groups": ["c"],
            "realm_access": { "roles": ["d"] },
        });
        assert_eq!(groups(&claims, "groups"), ["a", "b"]);
        assert_eq!(groups(&claims, "role"), ["one"]);
        assert_eq!(groups(&claims, "https://acme.example/groups"), ["c"]);
        assert_eq!(groups(&claims, "/realm_access/roles"), ["d"]);
        assert!(groups(&claims, "realm_access").is_empty() && groups(&claims, "none").is_empty());
    }

    #[test]
    fn groups_that_are_left_out_are_not_taken_for_none() {
        assert!(leaves_groups_out(&json!({ "_claim_names": { "groups": "src1" } }), "groups"));
        assert!(leaves_groups_out(&json!({ "hasgroups": true }), "groups"));
        assert!(!leaves_groups_out(&json!({ "groups": [], "_claim_names": { "other": "src1" } }), "groups"));
    }

    #[test]
    fn a_name_that_cannot_be_shown_is_none() {
        let name = told(
            &json!({ "sub": "1", "name": "\u{7}\n", "preferred_username": "a\u{0}da" }),
            "https://x.example",
        );
        assert_eq!((name.name, name.username.as_deref()), (None, Some("ada")));
    }
}
