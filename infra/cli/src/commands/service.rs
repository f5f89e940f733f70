//! `keelson service`: declare services and look at them.

use std::path::PathBuf;

use api::routes::{GET_MANIFEST_SCHEMA, GET_SERVICE, LIST_SERVICES, PUT_SERVICE};
use api::service::{AppliedService, ApplyService};
use domain::ServiceName;
use domain::manifest::{Manifest, ManifestError};

use super::read_text;
use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Declare a service, or change it, as its keelson.toml says
    Apply {
        /// The manifest
        #[arg(short, long, default_value = "keelson.toml")]
        file: PathBuf,
    },
    /// List the services
    List,
    /// Show one service
    Show {
        /// The service
        service: ServiceName,
        /// Only its manifest, as it was applied
        #[arg(long)]
        manifest: bool,
    },
    /// Print the JSON Schema of keelson.toml, for editors
    Schema,
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match command {
        Command::Apply { file } => apply(file, context).await?,
        Command::List => {
            let services = context.client.list(&LIST_SERVICES, &[], &[], usize::MAX).await?;
            context.output.show(&services, |theme| render::service_rows(&services, now, theme))?;
        }
        Command::Show { service, manifest } => {
            let view = context.client.call(&GET_SERVICE, &[service.as_str()], NO_QUERY, &()).await?;
            if manifest {
                context.output.text(&view.manifest)?;
            } else {
                context.output.show(&view, |theme| render::service(&view, now, theme))?;
            }
        }
        Command::Schema => {
            let schema = context.client.call(&GET_MANIFEST_SCHEMA, &[], NO_QUERY, &()).await?;
            context.output.text(&format!("{schema:#}\n"))?;
        }
    }
    Ok(Exit::Done)
}

async fn apply(file: PathBuf, context: &mut Context<'_>) -> Result<(), Failure> {
    let text = read_text(&file)?;
    let manifest = Manifest::parse(&text)
        .map_err(|errors| Failure::Failed(mistakes(&file.display().to_string(), &text, &errors)))?;
    let name = manifest.service.name.as_str();
    let body = ApplyService { manifest: text };
    let applied = context.client.call(&PUT_SERVICE, &[name], NO_QUERY, &body).await?;
    context.output.show(&applied, |_| sentence(&applied))?;
    Ok(())
}

fn sentence(applied: &AppliedService) -> String {
    let AppliedService { service, revision, changed } = applied;
    if *changed {
        format!("{service} is at revision {revision}.\n")
    } else {
        format!("{service} stays at revision {revision}: nothing differs.\n")
    }
}

/// Every mistake with its line, as compilers show them.
fn mistakes(file: &str, text: &str, errors: &[ManifestError]) -> String {
    let count = if errors.len() == 1 { "1 mistake".to_owned() } else { format!("{} mistakes", errors.len()) };
    let mut told = format!("{file} has {count}; nothing was changed.\n");
    for error in errors {
        let ManifestError { line, column, detail, .. } = error;
        told.push_str(&format!("\n{file}:{line}:{column}: {detail}\n"));
        if let Some(source) = text.lines().nth(line.saturating_sub(1)) {
            let caret = " ".repeat(column.saturating_sub(1));
            told.push_str(&format!("{line:5} | {source}\n      | {caret}^\n"));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_point_at_their_place() {
        let text = "[service]\nname = \"Store\"\nteam = \"shop\"\nrepository = \"github:acme/storefront\"\n\n\
                    [[environment]]\nname = \"staging\"\ntarget = { kind = \"process\", command = [\"./run\"] }\n\
                    steps = [{ weight = 150 }]\n";
        let errors = Manifest::parse(text).unwrap_err();
        insta::assert_snapshot!(mistakes("keelson.toml", text, &errors));
    }
}
