//! `linli invite`: the text alone on stdout, for a chat program; the code to scan beside it, on a terminal.

use clap::{Args, Subcommand};
use linli_node::vocabulary::{Answer, InviteView, Request};
use linli_speech::exit::Failure;
use linli_speech::{Page, Session, moment, page_width, say, short};

use super::shared::RoleWord;
use crate::commands::answer::Asking as _;
use crate::render::qr;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Invite {
    /// What the newcomer is to the community
    #[arg(long = "as", value_enum, value_name = "ROLE", required = true)]
    role: Option<RoleWord>,
    /// Unit on the roll, for those who live in one
    #[arg(long)]
    unit: Option<String>,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Invites still open
    List,
    /// Take an invite back
    Cancel {
        /// The invite's name, as `invite list` shows it
        invite: String,
    },
}

impl Invite {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        match (self.verb, self.role) {
            (Some(Verb::List), _) | (None, None) => session.show(Request::Invites),
            (Some(Verb::Cancel { invite }), _) => session.show(Request::InviteCancel { invite }),
            (None, Some(role)) => make(role.word(), self.unit, session),
        }
    }
}

/// Makes an invite, shows it, and says what to do with it.
pub(super) fn make(role: &str, unit: Option<String>, session: &Session) -> Result<(), Failure> {
    let answer = session.ask(Request::Invite { role: role.to_owned(), unit })?;
    session.answer(&answer)?;
    let Answer::Invite(view) = answer else { return Ok(()) };
    if session.is_watched()
        && let Some(code) = qr::code(&view.text)
    {
        match (qr::width(&code), page_width()) {
            (code, Some(terminal)) if code > terminal => {
                session.tell(&say!(session.speech, "invite-narrow", columns = code));
            }
            _ => anstream::eprint!("\n{code}"),
        }
    }
    // Made while no node runs, it names no address: only a neighbour on the same network finds this home.
    if linli_node::Invite::parse(&view.text)
        .is_ok_and(|invite| invite.addresses.is_empty() && invite.relay.is_none())
    {
        session.warn(&say!(session.speech, "invite-nowhere"));
    }
    session.tell(&say!(session.speech, "invite-next", until = moment(view.expires_ms)));
    Ok(())
}

/// The invite's text and nothing else.
pub(super) fn show(view: &InviteView, page: &mut Page<'_>) {
    page.line(&view.text);
}

/// Open invites.
pub(super) fn list(views: &[InviteView], page: &mut Page<'_>) {
    let speech = page.speech;
    if views.is_empty() {
        page.line(&say!(speech, "no-invites"));
    }
    let headings = [
        say!(speech, "head-invite"),
        say!(speech, "head-role"),
        say!(speech, "head-unit"),
        say!(speech, "head-until"),
    ];
    let rows = views.iter().map(|view| {
        let role = speech.word("role", &view.role);
        vec![short(&view.invite), role, view.unit.clone().unwrap_or_default(), moment(view.expires_ms)]
    });
    page.table(&headings, rows);
}
