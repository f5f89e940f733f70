use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;

fn check(given: &[(&str, &str)]) -> Result<Settings, Vec<ConfigError>> {
    Settings::from_env(|name| given.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let rows = SETTINGS.map(|Setting { name, default, meaning }| format!("{name} [{default}]: {meaning}"));
    insta::assert_snapshot!(rows.join("\n"), @"
    KEELSON_PUBLIC_URL [http://127.0.0.1:4000]: The address under which browsers, git hosts and CI jobs reach this installation.
    KEELSON_LOG [info]: What is logged: a level, or `target=level` pairs separated by commas.
    KEELSON_LOG_FORMAT [auto]: `json`, `pretty`, or `auto`: pretty on a terminal and JSON elsewhere.
    KEELSON_OIDC_ISSUER [https://token.actions.githubusercontent.com]: Who vouches for the identity of CI jobs.
    KEELSON_OIDC_AUDIENCE [keelson:<KEELSON_PUBLIC_URL>]: For whom the tokens of CI jobs must be made. The git host's own default is no protection: every service takes it.
    KEELSON_TRUSTED_PROXIES [0]: How many proxies stand in front, each of which adds the address it sees to `X-Forwarded-For`. With 0 that header is not believed.
    KEELSON_SIGN_IN_OIDC_ISSUER []: The identity provider that signs people in (OpenID Connect), exactly as it names itself. Without it there are one-time links alone.
    KEELSON_SIGN_IN_OIDC_CLIENT_ID []: What the identity provider calls this installation.
    KEELSON_SIGN_IN_OIDC_CLIENT_SECRET []: How this installation proves to be that. Without it, as a public client: by PKCE alone.
    KEELSON_SIGN_IN_OIDC_SCOPES [openid profile email]: What the identity provider is asked for. Some tell of groups only if a scope asks for them.
    KEELSON_SIGN_IN_OIDC_GROUPS_CLAIM [groups]: The claim of the ID token that lists a person's groups: its name, or a JSON pointer such as `/realm_access/roles`.
    KEELSON_SIGN_IN_OIDC_ROLES []: What groups may do: `GROUP=ROLE[@TEAM][/ENVIRONMENT]`, separated by `;`. `*` is everybody, `@example.com` whoever belongs to that domain.
    KEELSON_SIGN_IN_OIDC_LABEL [<the issuer's host>]: What the identity provider is called on the button: `Sign in with …`.
    ");
}

#[test]
fn nothing_but_the_documented_settings_is_read() {
    let read = RefCell::new(BTreeSet::new());
    let get = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        None
    };
    Settings::from_env(get).unwrap();
    assert_eq!(read.into_inner(), SETTINGS.map(|setting| setting.name.to_owned()).into());
}

#[test]
fn without_any_setting_the_defaults_hold() {
    assert_eq!(check(&[]).unwrap(), Settings::new(PUBLIC_URL.default.parse().unwrap()));
    assert_eq!(check(&[("KEELSON_LOG", " ")]), check(&[]), "an empty setting counts as absent");
}

#[test]
fn every_mistake_is_told_at_once() {
    let errors = check(&[
        ("KEELSON_PUBLIC_URL", "keelson.example"),
        ("KEELSON_LOG", "info,what=ever=this"),
        ("KEELSON_LOG_FORMAT", "xml"),
        ("KEELSON_OIDC_ISSUER", "http://issuer.example"),
    ]);
    let errors: Vec<String> = errors.unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    KEELSON_PUBLIC_URL: `keelson.example` is not the address of an installation: write http:// or https://, a host and, if it needs one, a port
    KEELSON_LOG: `info,what=ever=this` is not a log filter such as `info,store=debug`: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
    KEELSON_LOG_FORMAT: `xml` is not a log format: write `auto`, `json` or `pretty`
    KEELSON_OIDC_ISSUER: `http://issuer.example` must begin with https:// (http:// only on this machine)
    "#);
}

#[test]
fn tokens_of_ci_jobs_must_be_made_for_this_installation() {
    let audience = |given| check(given).unwrap().oidc.audience;
    assert_eq!(audience(&[("KEELSON_PUBLIC_URL", "https://k.example")]), "keelson:https://k.example");
    assert_eq!(audience(&[("KEELSON_OIDC_AUDIENCE", "deploys")]), "deploys");
}

#[test]
fn an_identity_provider_needs_an_issuer_a_client_and_roles_that_exist() {
    let given = [
        ("KEELSON_SIGN_IN_OIDC_ISSUER", "https://id.example/"),
        ("KEELSON_SIGN_IN_OIDC_CLIENT_ID", "keelson"),
        ("KEELSON_SIGN_IN_OIDC_CLIENT_SECRET", "canary"),
        ("KEELSON_SIGN_IN_OIDC_ROLES", "platform=admin"),
    ];
    let settings = check(&given).unwrap().sign_in.unwrap();
    assert_eq!((settings.issuer.as_str(), settings.label.as_str()), ("https://id.example/", "id.example"));
    assert!(!format!("{settings:?}").contains("canary"));
    let errors = check(&[
        ("KEELSON_SIGN_IN_OIDC_ISSUER", "http://id.example"),
        ("KEELSON_SIGN_IN_OIDC_SCOPES", "profile"),
        ("KEELSON_SIGN_IN_OIDC_ROLES", "platform=boss"),
    ]);
    let errors: Vec<String> = errors.unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(errors.join("\n"), @r"
    KEELSON_SIGN_IN_OIDC_ROLES: `platform=boss`: there is no role `boss`; there are viewer, developer, operator, admin
    KEELSON_SIGN_IN_OIDC_ISSUER: `http://id.example` must begin with https:// (http:// only on this machine)
    KEELSON_SIGN_IN_OIDC_CLIENT_ID: write what the identity provider calls this installation
    KEELSON_SIGN_IN_OIDC_SCOPES: `profile` asks for no ID token: `openid` must be among it
    ");
    assert!(check(&[("KEELSON_SIGN_IN_OIDC_CLIENT_ID", "keelson")]).is_err(), "a client of nobody");
    assert_eq!(check(&[]).unwrap().sign_in, None);
}

#[test]
fn a_public_address_is_an_origin_as_browsers_write_it() {
    for (given, expected) in [
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
        ("https://Keelson.Example/", "https://keelson.example"),
        ("https://keelson.example:443", "https://keelson.example"),
        ("http://keelson.example:443", "http://keelson.example:443"),
        ("http://[::1]:4000", "http://[::1]:4000"),
    ] {
        assert_eq!(given.parse::<PublicUrl>().unwrap().as_str(), expected);
    }
    for bad in [
        "",
        "/",
        "keelson.example",
        "ftp://k.example",
        "https://k.example/ui",
        "https://me@k.example",
        "https://k.example?x",
    ] {
        assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
    }
}
