//! `linli found`: a community begins.

use clap::Args;
use linli_node::Founding;
use linli_speech::exit::Failure;
use linli_speech::network::NetworkArgs;
use linli_speech::{Session, say};

use crate::commands::answer::Asking as _;

#[derive(Debug, Args)]
pub(crate) struct Found {
    /// What the community is called
    name: String,
    /// Unit of the founder's household, as the roll will write it
    #[arg(long)]
    unit: String,
    /// What the founder's household is called; its unit when left out
    #[arg(long)]
    label: Option<String>,
    /// The community's first language
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    #[command(flatten)]
    network: NetworkArgs,
}

impl Found {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let founding = Founding {
            label: self.label.unwrap_or_else(|| self.unit.clone()),
            name: self.name,
            unit: self.unit,
            language: self.language.unwrap_or_else(|| session.speech.language().tag().to_owned()),
        };
        let answer = linli_node::found(&session.home, &founding, &self.network.settings())?;
        session.answer(&answer)?;
        session.tell(&say!(session.speech, "founded-next"));
        Ok(())
    }
}
