//! Lambda: functions, their versions and aliases, over its REST protocol.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Digest, Period};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::serve::{Ask, Reply};
use super::{AliasView, BUCKET, State};
use crate::digest_of;

/// The first part of every path.
pub(super) const API: &str = "2015-03-31";
/// So many versions are on one page, so that every list has several.
const PAGE: usize = 3;

/// A function: its code that is not published, and what is.
pub(super) struct Function {
    name: String,
    code: Digest,
    revision: u64,
    /// Until when the last update is under way.
    busy_until: Timestamp,
    failed: Option<String>,
    versions: Vec<Version>,
    aliases: BTreeMap<String, Alias>,
    pub(super) updates_take: Period,
    pub(super) updates_fail: Option<String>,
}

struct Version {
    number: u64,
    code: Digest,
    description: String,
    at: Timestamp,
}

pub(super) struct Alias {
    pub(super) main: String,
    pub(super) other: Option<(String, f64)>,
    pub(super) description: String,
    pub(super) revision: u64,
}

impl Function {
    pub(super) fn new(name: &str, code: &[u8], revision: u64) -> Self {
        Self {
            name: name.to_owned(),
            code: digest_of(code),
            revision,
            busy_until: Timestamp::UNIX_EPOCH,
            failed: None,
            versions: Vec::new(),
            aliases: BTreeMap::new(),
            updates_take: Period::ZERO,
            updates_fail: None,
        }
    }

    pub(super) fn published(&self) -> usize {
        self.versions.len()
    }

    pub(super) fn point_by_hand(&mut self, alias: &str, version: &str, revision: u64) {
        let description = self.aliases.get(alias).map(|alias| alias.description.clone()).unwrap_or_default();
        let made = Alias { main: version.to_owned(), other: None, description, revision };
        self.aliases.insert(alias.to_owned(), made);
    }

    pub(super) fn publish_by_hand(&mut self, code: &[u8], revision: u64) -> String {
        self.code = digest_of(code);
        self.revision = revision;
        self.publish(String::new(), Timestamp::UNIX_EPOCH).to_string()
    }

    /// The version of the code as it is; the newest one again, if that has not changed.
    fn publish(&mut self, description: String, at: Timestamp) -> u64 {
        if let Some(last) = self.versions.last().filter(|last| last.code == self.code) {
            return last.number;
        }
        let number = self.versions.last().map_or(1, |last| last.number + 1);
        self.versions.push(Version { number, code: self.code, description, at });
        number
    }

    pub(super) fn alias_mut(&mut self, alias: &str) -> Option<&mut Alias> {
        self.aliases.get_mut(alias)
    }

    pub(super) fn alias(&self, alias: &str) -> Option<&Alias> {
        self.aliases.get(alias)
    }

    pub(super) fn has_version(&self, number: &str) -> bool {
        self.version(number).is_some()
    }

    fn version(&self, number: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.number.to_string() == number)
    }

    pub(super) fn view(&self, alias: &str) -> Option<AliasView> {
        let alias = self.aliases.get(alias)?;
        let code = |number: &str| self.version(number).map_or(self.code, |version| version.code);
        let percent = |share: f64| (share * 100.0).round() as u8;
        let other = alias.other.as_ref().map(|(number, share)| (number.clone(), percent(*share)));
        let rest = 100 - other.as_ref().map_or(0, |(_, percent)| *percent);
        let main = (alias.main.clone(), code(&alias.main), rest);
        let other = other.map(|(number, percent)| (number.clone(), code(&number), percent));
        let serves = std::iter::once(main).chain(other).collect();
        Some(AliasView { serves, description: alias.description.clone() })
    }

    fn configuration(&self, qualifier: &str, now: Timestamp) -> Option<Value> {
        let (code, description, at) = match qualifier {
            "$LATEST" => (self.code, "", now),
            number => {
                let version = self.version(number)?;
                (version.code, version.description.as_str(), version.at)
            }
        };
        let update = match &self.failed {
            _ if now < self.busy_until => "InProgress",
            Some(_) => "Failed",
            None => "Successful",
        };
        let update = if qualifier == "$LATEST" { update } else { "Successful" };
        Some(json!({
            "FunctionName": self.name,
            "FunctionArn": format!("arn:aws:lambda:eu-central-1:123456789012:function:{}:{qualifier}", self.name),
            "Runtime": "provided.al2023",
            "PackageType": "Zip",
            "Version": qualifier,
            "Description": description,
            "CodeSha256": STANDARD.encode(code.as_bytes()),
            "RevisionId": revision_id(self.revision),
            "LastModified": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string(),
            "State": "Active",
            "LastUpdateStatus": update,
            "LastUpdateStatusReason": self.failed.as_ref().filter(|_| update == "Failed"),
        }))
    }
}

fn revision_id(revision: u64) -> String {
    format!("00000000-0000-0000-0000-{revision:012}")
}

/// The operation behind a method and a path.
pub(super) fn call(method: &str, path: &[String]) -> &'static str {
    let parts: Vec<&str> = path.iter().skip(3).map(String::as_str).collect();
    match (method, parts.as_slice()) {
        ("GET", ["aliases", _]) => "GetAlias",
        ("PUT", ["aliases", _]) => "UpdateAlias",
        ("POST", ["aliases"]) => "CreateAlias",
        ("GET", ["configuration"]) => "GetFunctionConfiguration",
        ("PUT", ["code"]) => "UpdateFunctionCode",
        ("GET", ["versions"]) => "ListVersionsByFunction",
        ("POST", ["versions"]) => "PublishVersion",
        _ => "Unknown",
    }
}

pub(super) fn answer(state: &mut State, ask: &Ask) -> Reply {
    let now = state.clock.now();
    let next = state.next();
    let name = ask.path.get(2).cloned().unwrap_or_default();
    let code = uploaded(state, ask);
    let Some(function) = state.functions.get_mut(&name) else { return not_found(&name) };
    let alias = ask.path.get(4).map(String::as_str).unwrap_or_default();
    match ask.call.as_str() {
        "GetFunctionConfiguration" => {
            let qualifier = ask.query("Qualifier").unwrap_or("$LATEST");
            function.configuration(qualifier, now).map_or_else(|| not_found(&name), Reply::ok)
        }
        "ListVersionsByFunction" => list(function, ask, now),
        "UpdateFunctionCode" => update_code(function, ask, code, next, now),
        "PublishVersion" => publish(function, ask, next, now),
        "GetAlias" => function.alias(alias).map_or_else(|| not_found(alias), |found| told(alias, found)),
        "UpdateAlias" => update_alias(function, alias, ask, next),
        "CreateAlias" => create_alias(function, ask, next),
        other => Reply::refused(400, "UnknownOperationException", other),
    }
}

fn not_found(what: &str) -> Reply {
    Reply::refused(404, "ResourceNotFoundException", format!("Function not found: {what}"))
}

fn other_revision() -> Reply {
    let message = "The Revision Id provided does not match the latest Revision Id. Call the \
                   GetFunction/GetAlias API to retrieve the latest Revision Id";
    Reply::refused(412, "PreconditionFailedException", message)
}

fn is_other_revision(ask: &Ask, revision: u64) -> bool {
    ask.body["RevisionId"].as_str().is_some_and(|given| given != revision_id(revision))
}

/// The hash of the bytes that an update names, by exactly that version of the object.
fn uploaded(state: &State, ask: &Ask) -> Option<Digest> {
    let (bytes, version) = state.objects.get(ask.text("S3Key"))?;
    let is_it = ask.text("S3Bucket") == BUCKET && ask.text("S3ObjectVersion") == version;
    is_it.then(|| digest_of(bytes))
}

fn list(function: &Function, ask: &Ask, now: Timestamp) -> Reply {
    let numbers = function.versions.iter().map(|version| version.number.to_string());
    let all: Vec<String> = std::iter::once("$LATEST".to_owned()).chain(numbers).collect();
    let from: usize = ask.query("Marker").and_then(|marker| marker.parse().ok()).unwrap_or(0);
    let to = (from + PAGE).min(all.len());
    let page: Vec<Value> =
        all[from..to].iter().filter_map(|number| function.configuration(number, now)).collect();
    let marker = (to < all.len()).then(|| to.to_string());
    Reply::ok(json!({ "Versions": page, "NextMarker": marker }))
}

fn update_code(function: &mut Function, ask: &Ask, code: Option<Digest>, next: u64, now: Timestamp) -> Reply {
    if now < function.busy_until {
        return under_way(function);
    }
    if is_other_revision(ask, function.revision) {
        return other_revision();
    }
    let Some(code) = code else {
        return Reply::refused(
            400,
            "InvalidParameterValueException",
            "Error occurred while GetObject. S3 Error Code: NoSuchKey.",
        );
    };
    function.code = code;
    function.revision = next;
    function.failed = function.updates_fail.clone();
    function.busy_until = function.updates_take.after(now);
    Reply::ok(function.configuration("$LATEST", now).unwrap_or_default())
}

fn under_way(function: &Function) -> Reply {
    let message = format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {}",
        function.name
    );
    Reply::refused(409, "ResourceConflictException", message)
}

fn publish(function: &mut Function, ask: &Ask, next: u64, now: Timestamp) -> Reply {
    if now < function.busy_until {
        return under_way(function);
    }
    if is_other_revision(ask, function.revision) {
        return other_revision();
    }
    let code = STANDARD.encode(function.code.as_bytes());
    if ask.body["CodeSha256"].as_str().is_some_and(|given| given != code) {
        let message = format!(
            "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({code}). Please try again with the \
             CodeSHA256 in $LATEST.",
            ask.text("CodeSha256")
        );
        return Reply::refused(400, "InvalidParameterValueException", message);
    }
    let known = function.published();
    let number = function.publish(ask.text("Description").to_owned(), now);
    if function.published() > known {
        function.revision = next;
    }
    let told = function.configuration(&number.to_string(), now).unwrap_or_default();
    Reply { status: 201, ..Reply::ok(told) }
}

fn told(name: &str, alias: &Alias) -> Reply {
    let weights =
        alias.other.as_ref().map(|(number, share)| json!({ "AdditionalVersionWeights": { number: share } }));
    Reply::ok(json!({
        "Name": name,
        "FunctionVersion": alias.main,
        "Description": alias.description,
        "RoutingConfig": weights,
        "RevisionId": revision_id(alias.revision),
    }))
}

/// The weight of another version that a request asks for: the outer `None` if it says nothing of it.
fn routing(ask: &Ask) -> Result<Option<Option<(String, f64)>>, Reply> {
    let Some(weights) = ask.body["RoutingConfig"]["AdditionalVersionWeights"].as_object() else {
        return Ok(None);
    };
    let invalid = |message: &str| Reply::refused(400, "InvalidParameterValueException", message);
    if weights.len() > 1 {
        return Err(invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"));
    }
    let other = weights.iter().next().map(|(number, share)| (number.clone(), share.as_f64().unwrap_or(2.0)));
    match other {
        Some((_, share)) if !(0.0..=1.0).contains(&share) => Err(invalid("Weights must be between 0 and 1")),
        other => Ok(Some(other)),
    }
}

fn check(function: &Function, main: &str, other: Option<&(String, f64)>) -> Result<(), Reply> {
    let missing = [Some(main), other.map(|(number, _)| number.as_str())];
    for number in missing.into_iter().flatten() {
        let is_there = function.has_version(number) || (number == "$LATEST" && other.is_none());
        if !is_there {
            return Err(not_found(&format!("{}:{number}", function.name)));
        }
    }
    if other.is_some_and(|(number, _)| number == main) {
        let message = "Invalid function version in AdditionalVersionWeights";
        return Err(Reply::refused(400, "InvalidParameterValueException", message));
    }
    Ok(())
}

fn update_alias(function: &mut Function, name: &str, ask: &Ask, next: u64) -> Reply {
    let Some(alias) = function.alias(name) else { return not_found(name) };
    if is_other_revision(ask, alias.revision) {
        return other_revision();
    }
    let asked = match routing(ask) {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let other = asked.unwrap_or_else(|| alias.other.clone());
    let main = ask.body["FunctionVersion"].as_str().unwrap_or(&alias.main).to_owned();
    let description = ask.body["Description"].as_str().unwrap_or(&alias.description).to_owned();
    if let Err(refused) = check(function, &main, other.as_ref()) {
        return refused;
    }
    let alias = Alias { main, other, description, revision: next };
    let told = told(name, &alias);
    function.aliases.insert(name.to_owned(), alias);
    told
}

fn create_alias(function: &mut Function, ask: &Ask, next: u64) -> Reply {
    let name = ask.text("Name").to_owned();
    if function.alias(&name).is_some() {
        let message = format!("Alias already exists: {name}");
        return Reply::refused(409, "ResourceConflictException", message);
    }
    let other = match routing(ask) {
        Ok(other) => other.flatten(),
        Err(refused) => return refused,
    };
    let main = ask.text("FunctionVersion").to_owned();
    if let Err(refused) = check(function, &main, other.as_ref()) {
        return refused;
    }
    let alias = Alias { main, other, description: ask.text("Description").to_owned(), revision: next };
    let told = told(&name, &alias);
    function.aliases.insert(name, alias);
    Reply { status: 201, ..told }
}
