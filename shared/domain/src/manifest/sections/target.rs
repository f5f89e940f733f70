//! What `target` may say, for each kind of it.

use super::super::target::{five_seconds, live, readyz, thirty_seconds, two};
use super::*;

const HOUR: Period = Period::seconds(3_600);
/// The environment variables a process gets from Keelson.
const OWN_VARIABLES: [&str; 2] = ["PORT", "KEELSON_ARTIFACT"];

/// Which keys a target has.
#[derive(Clone, Copy)]
enum Kind {
    Process,
    Lambda,
    Ecs,
    Server,
}

const KINDS: [(&str, Kind); 4] =
    [("process", Kind::Process), ("lambda", Kind::Lambda), ("ecs", Kind::Ecs), ("server", Kind::Server)];

pub(super) fn target(node: &Node<'_>) -> Option<Target> {
    // A kind that is not known has keys that are not known: one mistake.
    let kind = match node.find(&["kind"]) {
        Some(kind) => kind.choice(&KINDS)?,
        None => Kind::Process,
    };
    match kind {
        Kind::Process => process(node).map(Target::Process),
        Kind::Lambda => lambda(node).map(Target::Lambda),
        Kind::Ecs => ecs(node).map(Target::Ecs),
        Kind::Server => server(node).map(Target::Server),
    }
}

/// Notes what two environments cannot have both: a port of this machine, or a thing on AWS that runs one release.
pub(super) fn each_has_its_own(environments: &[Node<'_>]) {
    no_two_share(&of_kind(environments, "process"), &["target", "port"]);
    let places = [
        ("lambda", "alias", ["function", "alias"]),
        ("ecs", "service", ["cluster", "service"]),
        ("server", "deployment group", ["application", "group"]),
    ];
    for (kind, what, path) in places {
        let mut seen = BTreeMap::new();
        for (index, environment) in of_kind(environments, kind) {
            let Some(target) = environment.find(&["target"]) else { continue };
            let value = |key: &str| target.find(&[key]).and_then(|node| node.scalar());
            let Some(first) = value(path[0]) else { continue };
            let second = value(path[1]).unwrap_or_else(live);
            if let Some(other) = seen.get(&(first.clone(), second.clone())) {
                target.wrong(format!(
                    "`/environment/{other}` has the {what} `{second}` of `{first}` already; each needs its own"
                ));
            } else {
                seen.insert((first, second), index);
            }
        }
    }
}

/// The environments whose target is of that kind, with their numbers.
fn of_kind<'t>(environments: &[Node<'t>], kind: &str) -> Vec<(usize, Node<'t>)> {
    let is_it = |node: &Node<'t>| {
        let found = node.find(&["target", "kind"]).and_then(|kind| kind.scalar());
        found.as_deref() == Some(kind)
    };
    environments.iter().cloned().enumerate().filter(|(_, node)| is_it(node)).collect()
}

/// The steps, if whoever moves the traffic of that target can take them.
pub(super) fn takes(environment: &Node<'_>, target: &Target, steps: Vec<Step>) -> Option<Vec<Step>> {
    let node = environment.find(&["steps"]).unwrap_or_else(|| environment.clone());
    match target {
        _ if target.codedeploy().is_some() && steps.len() > 1 => {
            node.wrong(
                "CodeDeploy moves the traffic here, as its `config` says; leave one step, of weight 100, or take \
                 `steps` out",
            );
            None
        }
        Target::Ecs(_) if steps.len() > 2 => {
            node.wrong(
                "ECS moves traffic once or with one canary before; leave one step, or two such as \
                 `[{ weight = 10, bake = \"5m\" }, { weight = 100 }]`",
            );
            None
        }
        Target::Process(_) | Target::Lambda(_) | Target::Ecs(_) | Target::Server(_) => Some(steps),
    }
}

fn process(node: &Node<'_>) -> Option<ProcessTarget> {
    let mut section = node.section()?;
    let kind = section.required("kind", r#"kind = "process""#, |_| Some(()));
    let command = section.required("command", r#"command = ["./storefront"]"#, command);
    let check = section.or("check", Vec::new, self::command);
    let port = section.optional("port", |node| node.integer(1..=65_535));
    let ready = section.or("ready", readyz, ready);
    let ready_successes = section.or("ready_successes", two, |node| node.integer(1..=20));
    let start_timeout = section.or("start_timeout", thirty_seconds, |node| {
        period(node, MOMENT..=HOUR, "longer than no time and at most 1h")
    });
    let drain = section.or("drain", thirty_seconds, |node| period(node, ..=HOUR, "at most 1h"));
    let drain_streams = section.or("drain_streams", five_seconds, |node| period(node, ..=HOUR, "at most 1h"));
    let env = section.or("env", BTreeMap::new, env);
    section.close();
    kind?;
    Some(ProcessTarget {
        command: command?,
        check: check?,
        port: port?,
        ready: ready?,
        ready_successes: ready_successes?,
        start_timeout: start_timeout?,
        drain: drain?,
        drain_streams: drain_streams?,
        env: env?,
    })
}

fn command(node: &Node<'_>) -> Option<Vec<String>> {
    let words = node.items()?;
    if words.is_empty() {
        node.wrong(r#"the command is empty; name the program, such as `["./storefront"]`"#);
        return None;
    }
    let read = |(index, word)| if index == 0 { program(word) } else { without_nul(word) };
    let words: Vec<Option<String>> = words.iter().enumerate().map(read).collect();
    words.into_iter().collect()
}

fn program(node: &Node<'_>) -> Option<String> {
    let program = without_nul(node)?;
    if program.trim().is_empty() || program.starts_with('/') || program.split('/').any(|part| part == "..") {
        return node.must_be("a program inside the artifact, such as `./storefront`, or a bare name");
    }
    Some(program)
}

fn ready(node: &Node<'_>) -> Option<String> {
    let path = node.text()?;
    if !path.starts_with('/') || path.len() > 1_000 || !path.chars().all(|c| c.is_ascii_graphic()) {
        return node.must_be("a path that starts with `/`, such as `/readyz`");
    }
    Some(path.to_owned())
}

fn env(node: &Node<'_>) -> Option<BTreeMap<String, String>> {
    let read = |(name, value): &(&str, Node<'_>)| {
        if OWN_VARIABLES.contains(name) {
            value.wrong(format!("`{name}` is set by Keelson; take it out"));
            return None;
        }
        if name.is_empty() || name.contains(['=', '\0']) {
            value.wrong("the name of an environment variable must not be empty nor contain `=`");
            return None;
        }
        Some(((*name).to_owned(), without_nul(value)?))
    };
    let variables: Vec<Option<(String, String)>> = node.entries()?.iter().map(read).collect();
    variables.into_iter().collect()
}

/// No process can be given a text with a NUL in it.
fn without_nul(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    if text.contains('\0') {
        return node.must_be("text without NUL characters");
    }
    Some(text.to_owned())
}

fn lambda(node: &Node<'_>) -> Option<LambdaTarget> {
    let mut section = node.section()?;
    section.optional("kind", |_| Some(()));
    let function = section.required("function", r#"function = "storefront""#, |node| {
        aws_name(node, 64, "_-", "a function's name of up to 64 letters, digits, `-` and `_`")
    });
    let alias = section.or("alias", live, alias);
    let codedeploy = section.optional("codedeploy", codedeploy);
    section.close();
    Some(LambdaTarget { function: function?, alias: alias?, codedeploy: codedeploy? })
}

fn alias(node: &Node<'_>) -> Option<String> {
    let what = "an alias of up to 128 letters, digits, `-` and `_`, not of digits alone";
    let alias = aws_name(node, 128, "_-", what)?;
    // Lambda would take it for a version.
    if alias.bytes().all(|byte| byte.is_ascii_digit()) {
        return node.must_be(what);
    }
    Some(alias)
}

fn ecs(node: &Node<'_>) -> Option<EcsTarget> {
    let name =
        |node: &Node<'_>| aws_name(node, 255, "_-", "a name of up to 255 letters, digits, `-` and `_`");
    let mut section = node.section()?;
    section.optional("kind", |_| Some(()));
    let cluster = section.required("cluster", r#"cluster = "shop""#, name);
    let service = section.required("service", r#"service = "storefront""#, name);
    let container = section.required("container", r#"container = "app""#, name);
    let port = section.required("port", "port = 80", |node| node.integer(1..=65_535));
    let example = r#"image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/storefront""#;
    let image = section.required("image", example, image);
    let codedeploy = section.optional("codedeploy", codedeploy);
    section.close();
    Some(EcsTarget {
        cluster: cluster?,
        service: service?,
        container: container?,
        port: port?,
        image: image?,
        codedeploy: codedeploy?,
    })
}

/// A repository of container images. What stands behind `@` or the last `:` would say which image, and that is
/// the artifact's digest.
fn image(node: &Node<'_>) -> Option<String> {
    let image = node.line(255)?;
    let is_tagged = image.rsplit('/').next().is_some_and(|last| last.contains(':'));
    if is_tagged || image.contains('@') || !image.bytes().all(|byte| byte.is_ascii_graphic()) {
        return node.must_be("a repository without a tag or a digest, which is the artifact's");
    }
    Some(image)
}

fn server(node: &Node<'_>) -> Option<CodeDeployGroup> {
    group(node, true)
}

fn codedeploy(node: &Node<'_>) -> Option<CodeDeployGroup> {
    group(node, false)
}

fn group(node: &Node<'_>, has_kind: bool) -> Option<CodeDeployGroup> {
    let name = |node: &Node<'_>| {
        let what = "a name of up to 100 letters, digits and `+=,.@_-`";
        aws_name(node, 100, "+=,.@_-", what)
    };
    let mut section = node.section()?;
    if has_kind {
        section.optional("kind", |_| Some(()));
    }
    let application = section.required("application", r#"application = "storefront""#, name);
    let group = section.required("group", r#"group = "production""#, name);
    let example = r#"config = "CodeDeployDefault.LambdaCanary10Percent5Minutes""#;
    let config = section.required("config", if has_kind { SERVER_CONFIG } else { example }, name);
    section.close();
    Some(CodeDeployGroup { application: application?, group: group?, config: config? })
}

const SERVER_CONFIG: &str = r#"config = "CodeDeployDefault.OneAtATime""#;

/// A name as AWS allows it: letters, digits and a few signs.
fn aws_name(node: &Node<'_>, longest: usize, signs: &str, what: &str) -> Option<String> {
    let name = node.text()?;
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || signs.contains(character);
    if name.is_empty() || name.len() > longest || !name.chars().all(is_allowed) {
        return node.must_be(what);
    }
    Some(name.to_owned())
}
