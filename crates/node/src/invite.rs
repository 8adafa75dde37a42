//! An invite: where to knock, for which unit and role, and one secret that is good for one claim.
//!
//! As text it is `LINLI1` and base32 letters, so that it scans as a compact QR code and survives being read aloud.

use std::net::SocketAddr;

use linli_record::{CommunityId, Hash, NodeKey, RecordId, canonical};
use minicbor::{Decode, Encode};

/// How the text of every invite begins.
pub(crate) const PREFIX: &str = "LINLI1";
/// An invite's text is never longer than this many characters.
pub(crate) const TEXT_CHARS: usize = 2_000;
/// Hours an invite is good for.
pub(crate) const GOOD_FOR_HOURS: u64 = 72;

/// Why a text is not an invite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// Something else was pasted.
    #[error("this is not a Linli invite: it should begin with {PREFIX}")]
    NotAnInvite,
    /// Letters are missing or changed.
    #[error("the invite is cut short or mistyped")]
    Damaged,
}

/// What an invite says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Invite {
    /// The community.
    #[n(0)]
    pub community: CommunityId,
    /// What the community is called, to show before joining.
    #[n(1)]
    pub name: String,
    /// The node to knock at.
    #[n(2)]
    pub node: NodeKey,
    /// Where that node was last reachable, as `IP:port`.
    #[n(3)]
    pub addresses: Vec<String>,
    /// A relay both sides can reach, as a URL with an IP literal.
    #[n(4)]
    pub relay: Option<String>,
    /// Known to the inviter and the holder of this invite only.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub secret: [u8; 16],
    /// Role offered (see `linli_record::Claim::role`).
    #[n(6)]
    pub role: u8,
    /// Unit on the roll, for roles that live in one.
    #[n(7)]
    pub unit: Option<String>,
    /// Household joined, for family, tenants and further devices.
    #[n(8)]
    pub household: Option<RecordId>,
    /// Milliseconds since 1970 after which the inviter no longer answers it.
    #[n(9)]
    pub expires_ms: u64,
    /// Height and hash of a recent block, so that a newcomer is not led into another history.
    #[n(10)]
    pub recent: Option<(u64, Hash)>,
    /// Who invites, for the newcomer's screen.
    #[n(11)]
    pub from: String,
}

/// The name of an invite: the hash of its secret. It stands in the claim; the secret itself does not.
#[must_use]
pub(crate) fn invite_id(secret: &[u8; 16]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"linli/invite/1\0\0").update(secret);
    Hash::from(*hasher.finalize().as_bytes())
}

impl Invite {
    /// The text to paste or draw as a QR code.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = minicbor::to_vec(self).expect("a vector takes every byte");
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        format!("{PREFIX}{}", data_encoding::BASE32_NOPAD.encode(&bytes))
    }

    /// Reads a pasted text; spaces and line breaks a chat program added do no harm.
    ///
    /// # Errors
    /// [`InviteError`].
    pub fn parse(text: &str) -> Result<Self, InviteError> {
        if text.len() > TEXT_CHARS * 2 {
            return Err(InviteError::NotAnInvite);
        }
        let letters: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let code = letters.strip_prefix(PREFIX).ok_or(InviteError::NotAnInvite)?;
        let bytes = data_encoding::BASE32_NOPAD.decode(code.as_bytes()).map_err(|_| InviteError::Damaged)?;
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or(InviteError::Damaged)?;
        if *sum != checksum(body) || canonical::check(body).is_err() {
            return Err(InviteError::Damaged);
        }
        minicbor::decode(body).map_err(|_| InviteError::Damaged)
    }

    /// The addresses that read as addresses.
    #[must_use]
    pub fn socket_addresses(&self) -> Vec<SocketAddr> {
        self.addresses.iter().filter_map(|text| text.parse().ok()).collect()
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let hash = blake3::hash(bytes);
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Invite {
        Invite {
            community: CommunityId::from([1; 32]),
            name: "Guihuali".into(),
            node: NodeKey::from([2; 32]),
            addresses: vec!["192.0.2.1:4433".into(), "nonsense".into()],
            relay: None,
            secret: [3; 16],
            role: 0,
            unit: Some("3-1203".into()),
            household: None,
            expires_ms: 1,
            recent: Some((4, Hash::from([5; 32]))),
            from: "3-1201".into(),
        }
    }

    #[test]
    fn an_invite_survives_the_chat_program_that_carried_it() {
        let text = invite().to_text();
        let mangled: String = text
            .to_lowercase()
            .chars()
            .collect::<Vec<_>>()
            .chunks(30)
            .flat_map(|c| [c, &['\n', ' ']].concat())
            .collect();
        assert_eq!(Invite::parse(&mangled), Ok(invite()));
        assert_eq!(invite().socket_addresses().len(), 1);
        assert!(text.len() < 600, "{} characters still scan", text.len());
    }

    #[test]
    fn a_mistyped_letter_is_noticed() {
        let text = invite().to_text();
        for at in PREFIX.len()..text.len() {
            let mut letters: Vec<char> = text.chars().collect();
            letters[at] = if letters[at] == 'A' { 'B' } else { 'A' };
            assert_eq!(
                Invite::parse(&letters.iter().collect::<String>()),
                Err(InviteError::Damaged),
                "letter {at}"
            );
        }
        assert_eq!(Invite::parse("https://example.org"), Err(InviteError::NotAnInvite));
    }
}
