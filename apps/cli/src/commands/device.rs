//! `linli device`: a household's nodes, a further one, a lost one.

use clap::Subcommand;
use linli_node::vocabulary::{Answer, PeopleView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, say, short};

use super::invite;
use super::people::by_label;
use crate::commands::answer::Asking as _;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Every household's devices
    List,
    /// Make an invite for a further device of this household
    Add,
    /// Revoke a lost or stolen device, from another one
    Revoke {
        /// The device's key, as `device list` shows it
        device: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
}

impl Verb {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List => {
                let answer = session.ask(Request::People)?;
                session.result(&answer, |page| match &answer {
                    Answer::People(people) => list(people, page),
                    other => super::answer::write(other, page),
                })
            }
            Self::Add => invite::make("device", None, session),
            Self::Revoke { device, reason } => session.show(Request::Revoke { device, reason }),
        }
    }
}

fn list(people: &PeopleView, page: &mut Page<'_>) {
    let speech = page.speech;
    let headings = [
        say!(speech, "head-device"),
        say!(speech, "head-household"),
        say!(speech, "head-node"),
        say!(speech, "head-status"),
    ];
    let mut rows = Vec::new();
    for household in by_label(people) {
        let mut devices: Vec<_> = household.devices.iter().collect();
        devices.sort_by_key(|device| (!device.own, device.revoked, device.key));
        rows.extend(devices.into_iter().map(|device| {
            let status = match (device.revoked, device.own) {
                (true, _) => say!(speech, "device-revoked"),
                (false, true) => say!(speech, "device-own"),
                (false, false) => String::new(),
            };
            vec![short(&device.key), household.label.clone(), short(&device.node), status]
        }));
    }
    page.table(&headings, rows);
}
