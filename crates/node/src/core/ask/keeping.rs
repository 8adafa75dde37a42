//! How the node is: status, digest, the log.

use linli_community::content::Payload as _;
use linli_community::content::digest::{Digest, RegisterHead};
use linli_community::content::notice::Notice;
use linli_community::content::request::Request as Problem;
use linli_community::content::roll_call::RollCall;
use linli_community::content::story::Story;
use linli_community::content::talk::Thread;
use linli_community::kinds;
use linli_community::register::Verdict;
use linli_record::Record;

use super::super::clocks::CLOCK;
use super::super::links::behind;
use super::super::newer;
use super::super::retention::has_expired;
use super::super::{Core, store_fault_read};
use crate::fault::Fault;
use crate::vocabulary::{
    Answer, DigestAnswer, LogFilter, LogLine, MemberState, PeerView, StatusView, WarningView,
};

/// Lines of `linli log` when no limit is given.
const LOG_LINES: usize = 50;
/// Records read at once when everything is walked through.
const STRIDE: usize = 2048;

impl Core {
    /// How this node is.
    pub(in super::super) fn status(&self) -> StatusView {
        let own = self.network.as_ref().map(|network| network.handle.own()).unwrap_or_default();
        let device = self.own_device();
        let head = self.head();
        let peers: Vec<PeerView> = self.links.values().map(|peer| self.peer_view(peer)).collect();
        StatusView {
            community: self.community,
            name: self.state.as_ref().map(|state| state.bylaws().name.clone()).unwrap_or_default(),
            label: self.own_label(),
            unit: self.own_unit(),
            role: device
                .map_or_else(|| "none".into(), |device| super::super::door::role_name(device.role.number())),
            state: match device {
                Some(device) if device.active() && self.is_turned_away() => MemberState::TurnedAway,
                Some(device) if device.active() => MemberState::Member,
                Some(_) => MemberState::Removed,
                None => MemberState::Joining,
            },
            household: self.own_household(),
            device: self.keys.signing.public(),
            node: self.keys.node_key(),
            store: self.store.store_id(),
            records: self.store.records_held().unwrap_or_else(|_| self.store.arrivals()),
            head: head.map(|head| (head.height, head.id)),
            settled_until_ms: head.map(|head| head.time_ms),
            waiting_for: self.waits_for(),
            witness: self.witness.is_some(),
            addresses: own.addresses.iter().map(ToString::to_string).collect(),
            attachments_wanted: self.fetches.len(),
            copies: self.sent_to(&peers),
            peers,
            forks: self.fork_views(),
            warnings: self.all_warnings(),
            busy: None,
        }
    }

    /// To how many of these neighbours everything was sent. What this home writes above its daily rate goes out later.
    fn sent_to(&self, peers: &[PeerView]) -> usize {
        let waits = self.own_log().is_some_and(|log| !self.is_within_quota(&log));
        peers.iter().filter(|peer| peer.behind == 0 && peer.live && !waits).count()
    }

    fn peer_view(&self, peer: &super::super::links::Peer) -> PeerView {
        let node = peer.handle.peer;
        let device = self.state.as_ref().and_then(|state| state.device_by_node(&node));
        PeerView {
            node,
            name: self.node_name(&node),
            role: device
                .map_or_else(String::new, |device| super::super::door::role_name(device.role.number())),
            path: peer.handle.path(),
            behind: behind(peer, self.store.arrivals()),
            live: peer.live(),
        }
    }

    /// What a person should know, with what the clocks say now.
    fn all_warnings(&self) -> Vec<WarningView> {
        let mut warnings = self.warnings.clone();
        if let Some(message) = self.doubted_time() {
            warnings.entry(CLOCK).or_insert(message);
        }
        let view = |(code, message): (&str, String)| WarningView { code: code.to_owned(), message };
        warnings.into_iter().map(view).collect()
    }

    /// The digest that equal nodes share.
    pub(super) fn digest(&self) -> Result<Answer, Fault> {
        let state = self.state.as_ref();
        let head = state.and_then(|state| {
            let head = state.head()?;
            Some(RegisterHead { era: head.era, height: head.height, block: head.id, state: state.hash() })
        });
        let forked = self.forked_logs();
        let mut digest = Digest::new(self.community, head, forked.clone());
        for (id, verdict) in self.store.verdicts().map_err(|error| store_fault_read(&error))? {
            let reason = verdict.try_into().ok().and_then(Verdict::from_bytes).and_then(Verdict::reason);
            if let Some(reason) = reason.filter(|_| !state.is_some_and(|state| state.readmitted(&id))) {
                digest.verdict(id, reason.code());
            }
        }
        for tip in self.store.tips().filter(|tip| tip.audience.is_none()) {
            let settled = state.and_then(|state| state.settled_tip(&tip.log));
            match settled {
                _ if !forked.contains(&tip.log) => digest.log(tip.log, tip.seq, tip.id),
                Some((_, seq, id)) => digest.log(tip.log, seq, id),
                // Homes hold different branches of it, and no block chose one.
                None => {}
            }
        }
        for kind in [Notice::KIND, RollCall::KIND, Problem::KIND, Story::KIND] {
            for record in self.every(kind)?.iter().filter(|record| record.audience.is_none()) {
                self.with_entries(&record.id(), |entries, ctx| digest.object(entries, ctx))?;
            }
        }
        let head = self.head().map(|head| (head.height, head.id));
        Ok(Answer::Digest(DigestAnswer { head, of: digest.finish() }))
    }

    /// Who said what, newest first.
    pub(super) fn log(&self, filter: &LogFilter) -> Result<Answer, Fault> {
        let limit = filter.limit.unwrap_or(LOG_LINES);
        let household = filter.household.as_deref().map(|name| self.household_named(name)).transpose()?;
        let mut lines = Vec::new();
        let mut before = self.store.arrivals();
        while before > 0 && lines.len() < limit {
            let from = before.saturating_sub(STRIDE as u64);
            let count = usize::try_from(before - from).unwrap_or(STRIDE);
            let page = self.store.arrivals_after(from, count).map_err(|error| store_fault_read(&error))?;
            for arrival in page.iter().rev() {
                let record =
                    self.store.by_arrival(arrival.number).map_err(|error| store_fault_read(&error))?;
                let Some(record) = record else { continue };
                let line = self.log_line(&record);
                let wanted = filter.kind.is_none_or(|kind| kind == line.kind)
                    && household.is_none_or(|household| line.by.household == Some(household))
                    && (!filter.aside || line.verdict != "stands");
                if wanted && lines.len() < limit {
                    lines.push(line);
                }
            }
            before = from;
        }
        Ok(Answer::Log(lines))
    }

    fn log_line(&self, record: &Record) -> LogLine {
        let height = self.settled_height(&record.log, record.seq);
        LogLine {
            id: record.id(),
            log: record.log,
            seq: record.seq,
            kind: record.kind.number(),
            kind_name: kinds::name(record.kind),
            object: record.object_id(),
            by: self.author(&record.log, height).by(),
            claimed_ms: record.claimed_ms,
            height,
            verdict: self.verdict_word(record),
            sealed: record.flags.has(linli_record::Flags::SEALED),
            held: record.payload().is_some(),
            newer: newer::is_newer(record),
            expired: record.payload().is_none()
                && (has_expired(record, self.clock.now_ms()) || self.is_erased(&record.id())),
        }
    }

    pub(super) fn verdict_word(&self, record: &Record) -> String {
        self.standing(record).code().unwrap_or("stands").to_owned()
    }

    /// The newest of everything, for a first screen.
    pub(super) fn today(&mut self) -> Result<Answer, Fault> {
        Ok(Answer::Today {
            status: Box::new(self.status()),
            notices: self.notices(false)?,
            requests: self.list(Problem::KIND)?,
            stories: self.list(Story::KIND)?,
            threads: self.list(Thread::KIND)?,
        })
    }
}
