//! The story: a change ships, a canary ships, a bad one goes back by itself, and then it is the reader's turn.

use std::time::Duration;

use api::promotion::{Phase, PromotionSummary};
use jiff::SignedDuration;

use super::Setting;
use super::cast::{REPOSITORY, SERVICE, VERSIONS, Version};
use super::github::{self, Job};
use super::manifest::Edition;
use super::stage::Stage;
use crate::client::Client;
use crate::exit::Failure;
use crate::output::Output;
use crate::render::{Tone, clock};

const STAGING: &str = "staging";
const PRODUCTION: &str = "production";
/// How long CI takes for each part: long enough to be seen.
const CI: Duration = Duration::from_millis(800);

/// Tells it from where a demo before left off.
///
/// # Errors
/// When the server refuses something, or something does not happen.
pub(super) async fn tell(setting: &Setting, client: &Client, output: &mut Output) -> Result<(), Failure> {
    let Some(stage) = Stage::set(setting, client).await? else {
        output.note(&format!("The demo's {SERVICE} is there from before, and gets traffic again.\n"));
        return Ok(());
    };
    let mut teller = Teller { setting, stage, output };
    let [first, second, slow, failing, fix] = &VERSIONS;
    teller.first(first).await?;
    teller.canary(second).await?;
    teller.bad(second, slow, failing).await?;
    teller.fix(fix, slow).await
}

struct Teller<'a> {
    setting: &'a Setting,
    stage: Stage<'a>,
    output: &'a mut Output,
}

impl Teller<'_> {
    fn say(&mut self, text: &str) {
        let theme = self.output.theme();
        let time = theme.paint(Tone::Muted, &clock((self.setting.now)()));
        self.output.note(&format!("{time}  {text}\n"));
    }

    async fn first(&mut self, version: &Version) -> Result<(), Failure> {
        self.say(&format!(
            "The demo begins: {REPOSITORY} is connected, and its {SERVICE} ships for the first time. \
             CI's minutes pass in seconds here."
        ));
        self.ship(version, Edition::First).await?;
        self.stage.until(STAGING, &[version], is(Phase::Done)).await?;
        self.say(&format!(
            "{version} runs in staging, by itself. Production takes it once it has soaked there."
        ));
        self.stage.until(PRODUCTION, &[version], is(Phase::Done)).await?;
        self.say(&format!("{version} runs in production."));
        Ok(())
    }

    async fn canary(&mut self, version: &Version) -> Result<(), Failure> {
        if !self.stage.has(version) {
            self.say("The team wants a canary: from now on production takes 10 %, then 50 %, then 100 %.");
        }
        self.ship(version, Edition::Canary).await?;
        self.stage.until(PRODUCTION, &[version], has_begun).await?;
        self.say(&format!("{version} gets 10 % of production's traffic and is watched beside the old one."));
        Ok(())
    }

    async fn bad(&mut self, before: &Version, slow: &Version, failing: &Version) -> Result<(), Failure> {
        self.ship(slow, Edition::Canary).await?;
        self.stage.until(STAGING, &[slow], is_over).await?;
        self.say(&format!(
            "{slow} passes staging, where little is measured, and waits for its turn in production."
        ));
        self.ship(failing, Edition::Canary).await?;
        self.stage.until(STAGING, &[failing], is_over).await?;
        self.say(&format!("{failing} passes staging too, and takes the place of the one that waits."));
        self.stage.until(PRODUCTION, &[before], is_over).await?;
        self.say(&format!("{before} has all of production's traffic. The next one gets its 10 %."));
        let back = self.stage.until(PRODUCTION, &[slow, failing], is(Phase::RolledBack)).await?;
        let reason = back.reason.as_deref().unwrap_or("it did harm");
        self.say(&format!("It went back by itself: {reason}."));
        self.say("Production is held: nothing is promoted there by itself until somebody resumes.");
        Ok(())
    }

    async fn fix(&mut self, fix: &Version, slow: &Version) -> Result<(), Failure> {
        if !self.stage.has(fix) {
            self.say("The team grows careful: from now on production asks somebody first. A fix is merged.");
        }
        self.ship(fix, Edition::Approved).await?;
        let waiting =
            self.stage.until(PRODUCTION, &[fix], |fix| !fix.waits_for.is_empty() || has_begun(fix)).await?;
        self.say(&format!("{fix} waits for you: production is held, and asks for an approval."));
        let slow = self.stage.until(STAGING, &[slow], |_| true).await?;
        let text = your_turn(self.setting, &waiting, &slow);
        self.output.note(&text);
        Ok(())
    }

    /// A pull request is merged, CI gets green and registers what it built.
    async fn ship(&mut self, version: &Version, edition: Edition) -> Result<(), Failure> {
        if self.stage.has(version) {
            return Ok(());
        }
        self.stage.apply(edition).await?;
        let now = self.setting.now;
        let (merger, number, title) = (version.merged_by.login, version.pull_request, version.title);
        self.say(&format!("{merger} merges #{number} \"{title}\"; CI starts."));
        // Nobody waits minutes for a demo: it begins when CI is nearly done, and says when it was pushed.
        let pushed_at = now() - SignedDuration::from_secs(version.ci_takes());
        self.stage.deliver(github::push(version, pushed_at)).await?;
        self.stage.deliver(github::pull_request_merged(version, pushed_at)).await?;
        for job in [Job::Queued, Job::Running, Job::Green] {
            for delivery in github::checks(version, job, pushed_at) {
                self.stage.deliver(delivery).await?;
            }
            tokio::time::sleep(CI).await;
        }
        let digest = self.stage.build(version).await?;
        self.say(&format!("CI is green and registers {} of {}.", digest.short(), version.head().short()));
        Ok(())
    }
}

fn is(phase: Phase) -> impl Fn(&PromotionSummary) -> bool {
    move |promotion| promotion.phase == phase
}

fn is_over(promotion: &PromotionSummary) -> bool {
    promotion.phase.is_finished()
}

fn has_begun(promotion: &PromotionSummary) -> bool {
    promotion.phase != Phase::Waiting
}

/// What the reader can do now.
fn your_turn(setting: &Setting, waiting: &PromotionSummary, slow: &PromotionSummary) -> String {
    let call = &setting.call;
    let place = format!("{SERVICE} {PRODUCTION}");
    let lines = [
        ("What runs where, and what waits", vec!["status".to_owned()]),
        ("What the fix brings", vec![format!("ships {place}")]),
        (
            "Lift the hold, and ship the fix",
            vec![format!("resume {place}"), format!("approve {} --watch", waiting.id)],
        ),
        (
            "Try the slow one, and see it go back",
            vec![
                format!("promote {place} --artifact {}", slow.release.artifact.short()),
                "approve THE-ID-IT-PRINTS --watch".to_owned(),
            ],
        ),
        ("Take production back, whatever is under way", vec![format!("rollback {place}")]),
    ];
    let lines = lines.map(|(what, commands)| {
        let commands = commands.iter().map(|command| format!("    {call} {command}\n"));
        format!("  {what}\n{}", commands.collect::<String>())
    });
    format!("\nNow it is your turn, in the panel or on the command line:\n{}\n", lines.concat())
}
