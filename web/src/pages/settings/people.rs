//! People: who they are, what they may do, and the links by which they sign in.

use api::access::PutUser;
use api::routes;
use domain::access::{Grant, Role};
use domain::{Login, TeamName};
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, derived, dynamic};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::copy::CopyLine;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form, Select};
use crate::ui::icon::Icon;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::table::{Head, table};
use crate::ui::time::Time;
use crate::wire::{SignInLink, UserView};
use crate::words;

/// The people, and a way to add or change one.
pub(super) fn people() -> AnyView {
    let live = Live::follow(|| Address::of(routes::LIST_USERS, &[]), |_| Pace::Still);
    let link = RwSignal::new(None::<(Login, SignInLink)>);
    let shown = move || {
        let Some((login, made)) = link.get() else { return ().into_any() };
        view! {
            <div class="shown-once">
                <p>"This link signs " {login.to_string()} " in, once, until " <Time at=made.expires_at /> ". Hand it over safely."</p>
                <CopyLine text=made.url what="the link" />
                <Button on_press=move || link.set(None)>"Done"</Button>
            </div>
        }
        .into_any()
    };
    view! {
        <Stale news=live.news />
        <section class="card" aria-labelledby="people">
            <header class="card-head"><h2 id="people">"People"</h2></header>
            {loaded(live, || view! { <Skeleton rows=4 /> }.into_any(), move |people| list(people, link))}
            {dynamic(shown)}
        </section>
        {add()}
    }
    .into_any()
}

const HEADS: &[Head] =
    &[Head::text("Name"), Head::text("Login"), Head::text("Teams"), Head::text("May"), Head::actions()];

fn list(people: Data<Vec<UserView>>, link: RwSignal<Option<(Login, SignInLink)>>) -> AnyView {
    let submission = Submission::quiet();
    let make_link = move |login: Login| {
        let call = Call::of(routes::CREATE_SIGN_IN_LINK, &[login.as_str()], &());
        submission.run(call, move |made| {
            link.try_set(Some((login, made)));
        });
    };
    let one = move |person: &UserView| {
        let login = person.login.clone();
        let teams = person.teams.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let label = format!("Make a sign-in link for {}", person.login);
        view! {
            <tr>
                <th scope="row">{person.name.clone()}</th>
                <td><code>{person.login.to_string()}</code></td>
                <td>{teams}</td>
                <td>{person.grants.iter().map(told).collect::<Vec<_>>().join("; ")}</td>
                <td class="number">
                    <Button busy=submission.busy label on_press=move || make_link(login.clone())>"Sign-in link"</Button>
                </td>
            </tr>
        }
        .into_any()
    };
    let rows = move || {
        people.with(|people| {
            if people.is_empty() {
                return view! {
                    <Empty title="Nobody is here yet" text="Add a person below, or by the command line:" command="keelson user add ada" />
                }
                .into_any();
            }
            table("People, as a table", HEADS, people.iter().map(one).collect())
        })
    };
    view! { {dynamic(rows)}<InlineProblem problem=submission.problem /> }.into_any()
}

/// A grant in a few words.
fn told(grant: &Grant) -> String {
    let mut told = words::role(grant.role).to_owned();
    if let Some(team) = &grant.team {
        told.push_str(&format!(" for {team}"));
    }
    if let Some(environment) = &grant.environment {
        told.push_str(&format!(" in {environment}"));
    }
    told
}

fn add() -> impl IntoView {
    let toasts = state().toasts;
    let login = RwSignal::new(String::new());
    let name = RwSignal::new(String::new());
    let git_login = RwSignal::new(String::new());
    let emails = RwSignal::new(String::new());
    let teams = RwSignal::new(String::new());
    let role = RwSignal::new(words::role(Role::Developer).to_owned());
    let team = RwSignal::new(String::new());
    let environment = RwSignal::new(String::new());
    let submission = Submission::new();
    let refused = derived(move || {
        login
            .with(|login| login.trim().parse::<Login>().err())
            .map(|error| words::sentence(&error.to_string()))
    });
    let add = move || {
        let login = login.get_untracked().trim().to_owned();
        let filled = |signal: RwSignal<String>| {
            Some(signal.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
        };
        let request = PutUser {
            name: filled(name).unwrap_or_else(|| login.clone()),
            git_login: filled(git_login),
            emails: listed(&emails.get_untracked()),
            teams: listed(&teams.get_untracked())
                .iter()
                .filter_map(|team| team.parse::<TeamName>().ok())
                .collect(),
            grants: vec![Grant {
                role: role_named(&role.get_untracked()),
                team: filled(team).and_then(|team| team.parse().ok()),
                environment: filled(environment).and_then(|environment| environment.parse().ok()),
            }],
        };
        let call = Call::of(routes::PUT_USER, &[&login], &request);
        submission.run(call, move |person: UserView| {
            toasts.done(format!("{} may sign in. Make a link for them.", person.name));
        });
    };
    let roles: Vec<(String, String)> =
        Role::ALL.iter().map(|role| (words::role(*role).to_owned(), words::role(*role).to_owned())).collect();
    view! {
        <section class="card" aria-labelledby="add-person">
            <header class="card-head"><h2 id="add-person">"Add or change a person"</h2></header>
            <Form on_submit=add class="form-rows">
                <div class="form form-columns">
                    <Field label="Login" value=login required=true hint="A login that exists is changed." />
                    <Field label="Name" value=name />
                    <Field label="Login on the git host" value=git_login hint="If it differs: whose work ships is told by it." />
                    <Field label="E-mail addresses in their commits" value=emails hint="Apart by commas." />
                    <Field label="Teams" value=teams hint="Apart by commas." />
                    <Select label="Role" value=role options=Signal::stored(roles) on_choice=move |chosen: String| role.set(chosen) />
                    <Field label="Only for the team" value=team />
                    <Field label="Only in the environment" value=environment />
                </div>
                <InlineProblem problem=submission.problem />
                <div class="older">
                    <Button kind=Kind::Primary icon=Icon::Person refused busy=submission.busy>"Save"</Button>
                </div>
            </Form>
        </section>
    }
}

fn role_named(name: &str) -> Role {
    Role::ALL.into_iter().find(|role| words::role(*role) == name).unwrap_or(Role::Viewer)
}

/// The parts of a text apart by commas.
fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_told_with_its_bounds() {
        let grant = Grant {
            role: Role::Developer,
            team: Some("shop".parse().unwrap()),
            environment: Some("staging".parse().unwrap()),
        };
        assert_eq!(told(&grant), "Developer for shop in staging");
        assert_eq!(told(&Grant::everywhere(Role::Admin)), "Admin");
    }

    #[test]
    fn an_unknown_role_gives_the_least() {
        assert_eq!(role_named("Admin"), Role::Admin);
        assert_eq!(role_named("Root"), Role::Viewer);
    }

    #[test]
    fn a_list_is_apart_by_commas() {
        assert_eq!(listed(" a@x.example, b@x.example ,"), ["a@x.example", "b@x.example"]);
    }
}
