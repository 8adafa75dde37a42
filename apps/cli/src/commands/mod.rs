//! Everything `linli` can do, one file a noun: its words, the request they become, how the answer is shown.
//!
//! A new kind of thing is one more file here, a line in [`Command`] and one in [`answer`]. The commands know nothing of
//! stores and networks; what several share is in [`shared`].

pub(crate) mod answer;
mod attachment;
mod audience;
mod bundle;
mod consent;
mod decide;
mod device;
mod enrol;
mod found;
mod help;
mod invite;
mod join;
mod keeping;
mod log;
mod notice;
mod people;
mod request;
mod roll;
mod rollcall;
mod run;
mod settings;
mod shared;
mod sighting;
mod status;
mod story;
mod talk;
mod watch;
mod withdraw;
mod witness;

use clap::{CommandFactory as _, Subcommand};
use linli_speech::Session;
use linli_speech::completions::Completions;
use linli_speech::exit::Failure;
use linli_speech::man::Man;
use linli_speech::systemd::Systemd;

use crate::arguments::Arguments;
use crate::demo;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Found a community; this home becomes its first household
    Found(found::Found),
    /// Join a community with an invite
    Join(join::Join),
    /// Run this home's node until it is stopped
    Run,
    /// End the running node
    Stop,
    /// How this node is: neighbours, paths, copies, settled until when
    Status,
    /// The newest of everything
    Today,
    /// Follow what happens
    Watch,
    /// Who said what, with verdicts
    Log(log::Log),
    /// The digest that equal nodes share
    Digest,
    /// Verify every byte this home holds
    Check,
    /// Rebuild every cache from the records
    Repair,
    /// The roll: units, areas, owners
    #[command(subcommand)]
    Roll(roll::Verb),
    /// Make an invite, or see and cancel open ones
    Invite(invite::Invite),
    /// Newcomers who knocked and wait
    Claims,
    /// Let a newcomer in
    Admit(enrol::Admit),
    /// Turn a newcomer away
    Refuse(enrol::Refuse),
    /// Households, devices, offices
    People,
    /// This household's devices
    #[command(subcommand)]
    Device(device::Verb),
    /// The consent register: what may be collected
    #[command(subcommand)]
    Consent(consent::Verb),
    /// Proposals that wait for approval
    #[command(subcommand)]
    Decide(decide::Verb),
    /// Notices
    #[command(subcommand)]
    Notice(notice::Verb),
    /// Roll-calls: who has answered, who is missing
    #[command(subcommand)]
    Rollcall(rollcall::Verb),
    /// Requests: problems with a life
    #[command(subcommand)]
    Request(request::Verb),
    /// Stories
    #[command(subcommand)]
    Story(story::Verb),
    /// Talk in threads
    #[command(subcommand)]
    Talk(talk::Verb),
    /// Private audiences
    #[command(subcommand)]
    Audience(audience::Verb),
    /// Take back what you said; a mark stays in its place
    Withdraw(withdraw::Withdraw),
    /// What doors and sensors said
    #[command(subcommand)]
    Sighting(sighting::Verb),
    /// Order the register: for the home that is a witness
    #[command(subcommand)]
    Witness(witness::Verb),
    /// Carry records in a file, without any network
    #[command(subcommand)]
    Bundle(bundle::Verb),
    /// Pictures and other attachments
    #[command(subcommand)]
    Attachment(attachment::Verb),
    /// This home's settings
    #[command(subcommand)]
    Settings(settings::Verb),
    /// Play a neighbourhood of real nodes on this machine
    Demo(demo::Options),
    /// Print a systemd unit that runs this home's node
    Systemd(Systemd),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page, or write all of them
    Man(Man),
    /// Print help of a command
    Help(help::Help),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Found(found) => found.run(session),
            Self::Join(join) => join.run(session),
            Self::Run => run::run(session),
            Self::Stop => run::stop(session),
            Self::Status => status::run(session),
            Self::Today => status::today(session),
            Self::Watch => watch::run(session),
            Self::Log(log) => log.run(session),
            Self::Digest => keeping::digest(session),
            Self::Check => keeping::check(session),
            Self::Repair => keeping::repair(session),
            Self::Roll(verb) => verb.run(session),
            Self::Invite(invite) => invite.run(session),
            Self::Claims => enrol::claims(session),
            Self::Admit(admit) => admit.run(session),
            Self::Refuse(refuse) => refuse.run(session),
            Self::People => people::run(session),
            Self::Device(verb) => verb.run(session),
            Self::Consent(verb) => verb.run(session),
            Self::Decide(verb) => verb.run(session),
            Self::Notice(verb) => verb.run(session),
            Self::Rollcall(verb) => verb.run(session),
            Self::Request(verb) => verb.run(session),
            Self::Story(verb) => verb.run(session),
            Self::Talk(verb) => verb.run(session),
            Self::Audience(verb) => verb.run(session),
            Self::Withdraw(withdraw) => withdraw.run(session),
            Self::Sighting(verb) => verb.run(session),
            Self::Witness(verb) => verb.run(session),
            Self::Bundle(verb) => verb.run(session),
            Self::Attachment(verb) => verb.run(session),
            Self::Settings(verb) => verb.run(session),
            Self::Demo(options) => demo::run(&options, session),
            Self::Systemd(systemd) => systemd.run(session, "linli", "Linli, a neighbourhood's own records"),
            Self::Completions(completions) => completions.run(session, Arguments::command()),
            Self::Man(man) => man.run(session, Arguments::command()),
            Self::Help(help) => help.run(session),
        }
    }
}
