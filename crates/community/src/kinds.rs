//! The one numbered table of kinds: what each decides, how long it is kept, for whom, and who may say it.
//!
//! Numbers are frozen. Below 64 lies what gives or takes power, below 96 what votes are counted from, above it the
//! content of daily life; a number without a row is kept, forwarded and not judged. Read [`Row`] first.

use linli_record::Kind;

/// What a kind can decide. It follows from the number alone, so that unknown kinds have one too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Gives or takes power (0 to 63): plain, archived, evidence, settled at once, never erased.
    Authority,
    /// Votes are counted from it (64 to 95): as authority.
    Tally,
    /// Daily life (96 and above).
    Content,
}

/// How long honest nodes keep bodies of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// For ever.
    Archive,
    /// As long as its author wrote in the header.
    AsSaid,
    /// As its author wrote, at most this many days.
    AtMost(u16),
}

/// Who is offered a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum For {
    /// The whole community, plain.
    Everyone,
    /// Members of an audience only, sealed.
    Members,
    /// Either, as its author chose.
    Either,
    /// The witnesses.
    Witnesses,
}

/// Roles and offices, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sayers(u16);

impl Sayers {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Who holds an owner's seat.
    pub const OWNER: Self = Self(1);
    /// Family in a household.
    pub const FAMILY: Self = Self(2);
    /// Tenants.
    pub const TENANT: Self = Self(4);
    /// Clerks, enrolled or granted.
    pub const CLERK: Self = Self(8);
    /// The property firm.
    pub const FIRM: Self = Self(16);
    /// Grid workers.
    pub const GRID: Self = Self(32);
    /// Departments.
    pub const DEPARTMENT: Self = Self(64);
    /// Gateways.
    pub const GATEWAY: Self = Self(128);
    /// Keepers, enrolled or granted.
    pub const KEEPER: Self = Self(256);
    /// Registrars.
    pub const REGISTRAR: Self = Self(512);
    /// Witnesses.
    pub const WITNESS: Self = Self(1024);
    /// Tellers.
    pub const TELLER: Self = Self(2048);
    /// Moderators.
    pub const MODERATOR: Self = Self(4096);

    /// Who lives here.
    pub const RESIDENTS: Self = Self::OWNER.or(Self::FAMILY).or(Self::TENANT);
    /// Who lives here or keeps the books.
    pub const PEOPLE: Self = Self::RESIDENTS.or(Self::CLERK).or(Self::REGISTRAR).or(Self::MODERATOR);
    /// Who takes work orders.
    pub const WORKERS: Self = Self::FIRM.or(Self::GRID).or(Self::DEPARTMENT);
    /// Who decides or prepares decisions.
    pub const OFFICE: Self = Self::REGISTRAR.or(Self::CLERK);
    /// Whoever is enrolled.
    pub const ANYONE: Self = Self(u16::MAX);

    /// Both together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any of `other` is among them.
    #[must_use]
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The names of the bits set, for documents and screens; `anyone` for all.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 13] = [
            "owner",
            "family",
            "tenant",
            "clerk",
            "firm",
            "grid",
            "department",
            "gateway",
            "keeper",
            "registrar",
            "witness",
            "teller",
            "moderator",
        ];
        if self == Self::ANYONE {
            return vec!["anyone"];
        }
        NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| *name).collect()
    }
}

/// One kind.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its number.
    pub kind: Kind,
    /// Its name in documents and on the command line.
    pub name: &'static str,
    /// How long bodies are kept.
    pub keep: Keep,
    /// For whom.
    pub audience: For,
    /// Whether its signature is kept for ever.
    pub evidence: bool,
    /// Who may say it.
    pub sayers: Sayers,
}

impl Row {
    /// What it can decide.
    #[must_use]
    pub const fn class(&self) -> Class {
        class(self.kind)
    }
}

/// The class of a kind, known or not.
#[must_use]
pub const fn class(kind: Kind) -> Class {
    match kind.number() {
        0..64 => Class::Authority,
        64..96 => Class::Tally,
        _ => Class::Content,
    }
}

/// The row of a kind, if this version knows it.
#[must_use]
pub fn row(kind: Kind) -> Option<&'static Row> {
    TABLE.binary_search_by(|row| row.kind.cmp(&kind)).ok().map(|at| &TABLE[at])
}

/// A kind's name, or its number.
#[must_use]
pub fn name(kind: Kind) -> String {
    row(kind).map_or_else(|| kind.to_string(), |row| row.name.to_owned())
}

macro_rules! kinds {
    ($($number:literal $constant:ident $name:literal $keep:expr, $audience:ident, $evidence:literal, $sayers:expr;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub const $constant: Kind = Kind::new($number);
        )*

        /// Every kind this version knows, ascending.
        pub const TABLE: &[Row] = &[$(Row {
            kind: $constant,
            name: $name,
            keep: $keep,
            audience: For::$audience,
            evidence: $evidence,
            sayers: $sayers,
        },)*];
    };
}

const A: Keep = Keep::Archive;
const S: Keep = Keep::AsSaid;
const ANYONE: Sayers = Sayers::ANYONE;
const PEOPLE: Sayers = Sayers::PEOPLE;
const OFFICE: Sayers = Sayers::OFFICE;
const OWNER: Sayers = Sayers::OWNER;
/// Who may approve seats or registrars' statements.
const APPROVERS: Sayers = Sayers::OFFICE.or(Sayers::OWNER);
/// Who signs for a new era: owners' seats, and registrars.
const SIGNERS: Sayers = Sayers::OWNER.or(Sayers::REGISTRAR);
const TELLERS: Sayers = Sayers::TELLER.or(Sayers::OFFICE);
const MODERATORS: Sayers = Sayers::OFFICE.or(Sayers::MODERATOR);
const PEOPLE_AND_WORKERS: Sayers = Sayers::PEOPLE.or(Sayers::WORKERS);

kinds! {
    0 LOG_OPEN "log-open" A, Either, true, ANYONE;
    1 LOG_CLOSE "log-close" A, Either, true, ANYONE;
    2 FORK_PROOF "fork-proof" A, Everyone, true, ANYONE;
    3 OBJECTION "objection" A, Everyone, true, ANYONE;
    4 WITNESS_ACCEPT "witness-accept" A, Everyone, true, ANYONE;
    5 RULES_READY "rules-ready" A, Everyone, true, Sayers::WITNESS;
    6 WITNESS_VOTE "witness-vote" Keep::AtMost(90), Witnesses, true, Sayers::WITNESS;
    8 APPROVE "approve" A, Everyone, true, APPROVERS;
    9 UNAPPROVE "unapprove" A, Everyone, true, APPROVERS;
    10 STOP "stop" A, Everyone, true, ANYONE;
    16 ADMIT "admit" A, Everyone, true, ANYONE;
    17 CONFIRM "confirm" A, Everyone, true, ANYONE;
    18 REVOKE "revoke" A, Everyone, true, ANYONE;
    19 ROLL "roll" A, Everyone, true, OFFICE;
    20 ROLE_GRANT "role-grant" A, Everyone, true, OFFICE;
    21 ROLE_WITHDRAW "role-withdraw" A, Everyone, true, OFFICE;
    22 CONSENT_GRANT "consent-grant" A, Everyone, true, OFFICE;
    23 CONSENT_WITHDRAW "consent-withdraw" A, Everyone, true, OFFICE;
    24 CHARTER_CHANGE "charter-change" A, Everyone, true, OFFICE;
    25 REGISTRARS "registrars" A, Everyone, true, OFFICE;
    26 WITNESSES "witnesses" A, Everyone, true, OFFICE;
    27 TELLERS_CHANGE "tellers" A, Everyone, true, OFFICE;
    28 REMOVE "remove" A, Everyone, true, OFFICE;
    29 READMIT "readmit" A, Everyone, true, OFFICE;
    30 RECOVER "recover" A, Everyone, true, APPROVERS;
    31 TRANSFER "transfer" A, Everyone, true, OFFICE;
    32 HANDOVER "handover" A, Everyone, true, OFFICE;
    33 PRESET "preset" A, Everyone, true, OFFICE;
    34 RULES "rules" A, Everyone, true, OFFICE;
    35 MOTION_OPEN "motion-open" A, Everyone, true, OFFICE;
    36 OUTSIDE "outside" A, Everyone, true, OFFICE;
    37 PETITION "petition" A, Everyone, true, OWNER;
    38 PETITION_SIGN "petition-sign" A, Everyone, true, OWNER;
    39 ERA "era" A, Everyone, true, SIGNERS;
    40 ERA_SIGN "era-sign" A, Everyone, true, SIGNERS;
    41 ELECTION "election" A, Everyone, true, ANYONE;
    64 BALLOT "ballot" A, Everyone, true, OWNER;
    65 PROXY "proxy" A, Everyone, true, OWNER;
    66 PROXY_WITHDRAW "proxy-withdraw" A, Everyone, true, OWNER;
    67 SERVICE "service" A, Everyone, true, ANYONE;
    68 PAPER_BALLOT "paper-ballot" A, Everyone, true, TELLERS;
    69 TELLER_KEY "teller-key" A, Everyone, true, ANYONE;
    70 RESULT "result" A, Everyone, true, ANYONE;
    71 REVEAL "reveal" A, Everyone, true, OWNER;
    72 NOT_SERVED "not-served" A, Everyone, true, OWNER;
    73 EXTEND "extend" A, Everyone, true, OFFICE;
    96 KEY_GRANT "key-grant" A, Either, false, ANYONE;
    97 AUDIENCE "audience" A, Either, false, ANYONE;
    98 AUDIENCE_CHANGE "audience-change" A, Either, false, ANYONE;
    99 WITHDRAW "withdraw" A, Either, false, ANYONE;
    100 HIDE "hide" A, Either, true, MODERATORS;
    101 APPEAL "appeal" A, Either, true, PEOPLE;
    102 KEEP "keep" S, Either, false, ANYONE;
    103 COVERED "covered" A, Members, false, ANYONE;
    104 ROLL_MAPPING "roll-mapping" A, Members, false, OFFICE;
    112 NOTICE "notice" S, Either, true, PEOPLE;
    113 ACKNOWLEDGE "acknowledge" S, Either, true, ANYONE;
    120 ROLL_CALL "roll-call" S, Either, true, PEOPLE;
    121 ANSWER "answer" S, Either, false, PEOPLE_AND_WORKERS;
    122 TOLD "told" S, Either, true, PEOPLE;
    123 ROLL_CALL_CLOSE "roll-call-close" S, Either, false, PEOPLE;
    128 REQUEST "request" S, Either, false, PEOPLE;
    129 REQUEST_STEP "request-step" S, Either, true, PEOPLE_AND_WORKERS;
    136 STORY "story" A, Either, true, PEOPLE;
    137 STORY_CHANGE "story-change" A, Either, false, PEOPLE;
    138 STORY_NOTE "story-note" A, Either, false, PEOPLE;
    144 THREAD "thread" S, Either, false, PEOPLE;
    145 MESSAGE "message" S, Either, false, PEOPLE_AND_WORKERS;
    152 SIGN_UP "sign-up" S, Either, false, PEOPLE;
    153 SIGN_UP_LINE "sign-up-line" S, Either, false, PEOPLE;
    154 SIGN_UP_STEP "sign-up-step" S, Either, false, PEOPLE;
    160 CIRCLE "circle" S, Either, false, PEOPLE;
    164 GATHERING "gathering" S, Either, false, PEOPLE;
    168 ASK "ask" S, Either, false, PEOPLE;
    172 OFFER "offer" S, Either, false, PEOPLE;
    173 LOAN "loan" S, Either, false, PEOPLE;
    180 DRIVE "drive" A, Either, true, PEOPLE;
    181 GIFT "gift" A, Either, true, PEOPLE;
    182 SPENDING "spending" A, Either, true, PEOPLE;
    183 DRIVE_CLOSE "drive-close" A, Either, true, PEOPLE;
    190 PLACE "place" A, Either, false, PEOPLE_AND_WORKERS;
    191 ASSET "asset" A, Either, false, PEOPLE_AND_WORKERS;
    192 PAPER "paper" A, Either, true, PEOPLE_AND_WORKERS;
    200 CARD "card" S, Either, false, PEOPLE_AND_WORKERS;
    208 SIGHTING "sighting" Keep::AtMost(3650), Either, false, Sayers::GATEWAY;
    209 VIEWING "viewing" A, Either, true, ANYONE;
    210 ALARM "alarm" S, Either, true, ANYONE;
    216 PASS "pass" S, Either, true, PEOPLE;
    220 HANDOVER_LINE "handover-line" A, Either, true, PEOPLE_AND_WORKERS;
    224 BROUGHT_IN "brought-in" S, Either, false, PEOPLE;
    228 BULLETIN "bulletin" S, Either, true, PEOPLE;
    240 BATCH "batch" A, Either, true, PEOPLE;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_ascends_and_every_statement_of_power_is_archived_evidence() {
        assert!(TABLE.is_sorted_by(|a, b| a.kind < b.kind));
        for row in TABLE.iter().filter(|row| row.class() != Class::Content && row.kind != WITNESS_VOTE) {
            assert!(row.evidence && row.keep == Keep::Archive, "{}", row.name);
        }
    }

    #[test]
    fn an_unknown_number_has_a_class_but_no_row() {
        assert_eq!(class(Kind::new(63)), Class::Authority);
        assert_eq!(class(Kind::new(95)), Class::Tally);
        assert_eq!(class(Kind::new(999)), Class::Content);
        assert!(row(Kind::new(999)).is_none());
        assert_eq!(name(Kind::new(999)), "999");
        assert_eq!(name(NOTICE), "notice");
    }
}
