//! `join` of a program that serves in one role only: the home is prepared, and its `run` knocks.

use linli_node::{Fault, Invite, Settings};

use crate::exit::Failure;
use crate::page::moment;
use crate::say;
use crate::session::Session;

/// Prepares a home with an invite for `role` (see `linli_record::Claim::role`), which is called `role_name`.
///
/// # Errors
/// When the invite does not read or is for another role, or the home can't be made.
pub fn prepare(
    session: &Session,
    invite: &str,
    (role, role_name): (u8, &str),
    label: &str,
    settings: &Settings,
) -> Result<(), Failure> {
    let read = Invite::parse(invite).map_err(|error| {
        Fault::input("invite", error.to_string()).hint("paste the whole text that begins with LINLI1")
    })?;
    if read.role != role {
        return Err(other_role(role_name).into());
    }
    let invite = linli_node::join(&session.home, invite, label, settings)?;
    session.tell(&say!(
        session.speech,
        "join-invite",
        name = invite.name.as_str(),
        from = invite.from.as_str(),
        until = moment(invite.expires_ms)
    ));
    session.tell(&say!(session.speech, "join-next"));
    let value = serde_json::json!({
        "community": invite.community,
        "name": invite.name,
        "from": invite.from,
        "expires_ms": invite.expires_ms,
    });
    session.result(&serde_json::json!({ "answer": "prepared", "value": value }), |page| {
        page.line(&say!(page.speech, "prepared", home = session.home.display().to_string()));
    })
}

fn other_role(role: &str) -> Fault {
    Fault::input("invite-role", format!("this invite is for another role than {role}"))
        .hint(format!("ask a registrar for one made with `linli invite --as {role}`"))
}
