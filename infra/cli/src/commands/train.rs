//! `keelson train`: several services promote together, in order, and go back together in reverse.

use std::str::FromStr;

use api::routes::{CANCEL_TRAIN, CREATE_TRAIN, GET_TRAIN, LIST_TRAINS, ROLL_BACK_TRAIN};
use api::train::{CreateCar, CreateTrain, RollBackTrain, TrainView};
use domain::{EnvironmentName, InvalidName, ServiceName, TrainId};

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, resolve};

/// How many trains a list shows.
const MOST: usize = 50;

/// A service, and which of its artifacts.
#[derive(Debug, Clone)]
pub(crate) struct Car {
    service: ServiceName,
    artifact: Option<String>,
}

impl FromStr for Car {
    type Err = InvalidName;

    fn from_str(given: &str) -> Result<Self, InvalidName> {
        let (service, artifact) = match given.split_once('=') {
            Some((service, artifact)) => (service, Some(artifact.to_owned())),
            None => (given, None),
        };
        Ok(Self { service: service.parse()?, artifact })
    }
}

/// What it takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Put a train together; it leaves when the gates of all its services are open
    Create {
        /// The environment
        environment: EnvironmentName,
        /// The services in order, as `SERVICE` or `SERVICE=DIGEST`; without a digest, the newest that is fit
        #[arg(required = true, num_args = 2.., value_name = "SERVICE[=DIGEST]")]
        services: Vec<Car>,
        /// What to call it
        #[arg(long)]
        name: Option<String>,
    },
    /// List trains, newest first
    List,
    /// Show a train with its services
    Show {
        /// The train
        train: TrainId,
    },
    /// Stop a train; what it promoted is taken back, the last one first
    Cancel {
        /// The train
        train: TrainId,
    },
    /// Take back everything a train promoted, the last one first; nothing blocks it
    Rollback {
        /// The train
        train: TrainId,
        /// Why, for the audit log
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    let train = match command {
        Command::Create { environment, services, name } => {
            let cars = cars(services, context).await?;
            let body = CreateTrain { name, environment, cars };
            context.client.call(&CREATE_TRAIN, &[], NO_QUERY, &body).await?
        }
        Command::List => {
            let list: Vec<TrainView> = context.client.list(&LIST_TRAINS, &[], &[], MOST).await?;
            context.output.show(&list, |theme| render::trains(&list, now, theme))?;
            return Ok(Exit::Done);
        }
        Command::Show { train } => {
            context.client.call(&GET_TRAIN, &[&train.to_string()], NO_QUERY, &()).await?
        }
        Command::Cancel { train } => {
            context.client.call(&CANCEL_TRAIN, &[&train.to_string()], NO_QUERY, &()).await?
        }
        Command::Rollback { train, reason } => {
            let body = RollBackTrain { reason };
            context.client.call(&ROLL_BACK_TRAIN, &[&train.to_string()], NO_QUERY, &body).await?
        }
    };
    context.output.show(&train, |theme| render::train(&train, now, theme))?;
    Ok(Exit::Done)
}

async fn cars(services: Vec<Car>, context: &Context<'_>) -> Result<Vec<CreateCar>, Failure> {
    let mut cars = Vec::new();
    for Car { service, artifact } in services {
        let artifact = match artifact {
            Some(given) => Some(resolve::artifact(&context.client, &service, &given).await?),
            None => None,
        };
        cars.push(CreateCar { service, artifact });
    }
    Ok(cars)
}
