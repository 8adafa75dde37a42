//! A link between two homes: what is on its way, how long it takes, what a bad line does to it, and how it ends.

use crate::home::Heart;
use crate::mask::Mask;
use crate::world::{Event, MINUTE, SECOND, World};

/// Neighbours notice after this long that a line is dead.
const SILENCE: u64 = 12 * SECOND;
/// What one direction of a link may hold that the neighbour did not read yet, bytes.
const FLYING_BYTES: usize = 4 * 1024 * 1024;
/// Frames remembered for replaying.
const RECORDED: usize = 64;

/// How a line treats frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// In order, whole.
    Sound,
    /// Loses, doubles and reorders some.
    Bad,
}

/// One direction's frames.
#[derive(Debug, Default)]
pub(crate) struct Way {
    /// When the last frame arrives: none overtakes it on a sound line.
    pub(crate) last_ms: u64,
    /// Frames under way.
    pub(crate) flying: usize,
    /// Bytes under way.
    pub(crate) bytes: usize,
}

/// A link.
pub(crate) struct Link {
    /// Homes at its ends; the first dialed.
    pub(crate) ends: [usize; 2],
    pub(crate) ways: [Way; 2],
    pub(crate) line: Line,
    pub(crate) latency_ms: u64,
    /// A liar's end speaks through a mask instead of its node.
    pub(crate) masks: [Option<Mask>; 2],
    /// Frames that somebody changed or invented came over it, or a mask lied.
    pub(crate) tainted: bool,
}

impl Link {
    pub(crate) fn end_of(&self, home: usize) -> Option<usize> {
        self.ends.iter().position(|end| *end == home)
    }
}

impl World {
    /// Carries what a home's node said, and sees whether its power is still there.
    pub(crate) fn pump(&mut self, home: usize) {
        if self.homes[home].at.disk.is_dead() {
            self.power_fails(home);
            return;
        }
        let links: Vec<(u64, usize)> = self
            .links
            .iter()
            .filter_map(|(id, link)| Some((*id, link.end_of(home)?)))
            .filter(|(id, end)| self.links[id].masks[*end].is_none())
            .collect();
        for (id, end) in links {
            let Some(node) = self.homes[home].node.as_mut() else { return };
            let (frames, closed) = (node.outgoing(id), node.closed(id));
            for frame in frames {
                self.send(id, end, frame);
            }
            if let Some(reason) = closed {
                self.closed_by(id, end, &reason);
            }
        }
    }

    /// A home ended a link.
    pub(crate) fn closed_by(&mut self, id: u64, end: usize, reason: &str) {
        let Some(link) = self.links.remove(&id) else { return };
        let [here, there] = [link.ends[end], link.ends[1 - end]];
        let line = format!("#{id} {} closes to {}: {reason}", self.homes[here].name, self.homes[there].name);
        self.tell(&line);
        let failing = self.homes[here].disk_failed && reason.ends_with("unstored");
        let usual = failing || ["403", "20 ", "let go"].iter().any(|begins| reason.starts_with(begins));
        if !usual {
            self.tally.expelled += 1;
            let honest = self.homes[here].honest() && self.homes[there].honest();
            if honest && !link.tainted && link.line == Line::Sound {
                self.fail(format!("an honest neighbour was expelled over a sound line: {line}"));
            }
        }
        self.with_node(here, |node| node.link_down(id));
        self.schedule(link.latency_ms, Event::Noticed { home: there, link: id });
    }

    /// A link breaks; both ends notice after a while.
    pub(crate) fn break_link(&mut self, id: u64) {
        if let Some(link) = self.links.remove(&id) {
            self.tell(&format!("#{id} breaks"));
            for home in link.ends {
                self.schedule(SILENCE, Event::Noticed { home, link: id });
            }
        }
    }

    /// All links of a home break.
    pub(crate) fn unplug(&mut self, home: usize) {
        let links: Vec<u64> =
            self.links.iter().filter(|(_, link)| link.end_of(home).is_some()).map(|(id, _)| *id).collect();
        for id in links {
            self.break_link(id);
        }
    }

    /// Puts a frame on its way.
    pub(crate) fn send(&mut self, id: u64, end: usize, frame: Vec<u8>) {
        self.recorded.push_back(frame.clone());
        if self.recorded.len() > RECORDED {
            self.recorded.pop_front();
        }
        let Some(link) = self.links.get(&id) else { return };
        let liar = self.moved_in && self.homes[link.ends[end]].heart == Heart::Liar;
        let (bad, once_in) = (link.line == Line::Bad, self.bad_line_once_in);
        if liar {
            crate::liar::meddle(self, id, end, frame);
        } else if bad && self.once_in(once_in) {
            self.mistreat(id, end, frame);
        } else {
            self.fly(id, end, frame, 0);
        }
    }

    fn mistreat(&mut self, id: u64, end: usize, frame: Vec<u8>) {
        self.tally.mischief += 1;
        match self.below(3) {
            0 => self.tell(&format!("#{id} loses a frame")),
            1 => {
                self.fly(id, end, frame.clone(), 0);
                self.fly(id, end, frame, 1);
            }
            _ => {
                let late = self.chance.below(5 * MINUTE);
                self.fly(id, end, frame, late);
            }
        }
    }

    /// A frame flies to the other end; `late_ms` lets others overtake it.
    pub(crate) fn fly(&mut self, id: u64, end: usize, frame: Vec<u8>, late_ms: u64) {
        let (now_ms, jitter) = (self.now_ms, self.chance.below(8));
        let Some(link) = self.links.get_mut(&id) else { return };
        let way = &mut link.ways[end];
        let in_order = way.last_ms.max(now_ms + link.latency_ms + jitter);
        if late_ms == 0 {
            way.last_ms = in_order;
        }
        way.flying += 1;
        way.bytes += frame.len();
        if way.bytes > FLYING_BYTES {
            let why = format!("#{id} holds {} bytes that the neighbour has not read", way.bytes);
            self.fail(why);
            return;
        }
        self.schedule(in_order + late_ms - now_ms, Event::Arrives { link: id, end: 1 - end, frame });
    }

    pub(crate) fn arrives(&mut self, id: u64, end: usize, frame: Vec<u8>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Way { flying, bytes, .. } = &mut link.ways[1 - end];
        *flying -= 1;
        *bytes -= frame.len();
        let (drained, home, from) = (*flying == 0, link.ends[end], link.ends[1 - end]);
        let masked = [link.masks[end].is_some(), link.masks[1 - end].is_some()];
        self.tally.frames += 1;
        let what = blake3::hash(&frame).to_hex();
        let line = format!(
            "#{id} {} > {}: {} bytes {}",
            self.homes[from].name,
            self.homes[home].name,
            frame.len(),
            &what[..8]
        );
        self.tell(&line);
        if masked[0] {
            crate::mask::hears(self, id, end, linli_sync::Input::Frame(frame));
        } else {
            self.call(home, |node| node.frame(id, frame));
        }
        if drained && masked[1] {
            crate::mask::hears(self, id, 1 - end, linli_sync::Input::Drained);
        } else if drained {
            self.call(from, |node| node.drained(id));
        }
    }
}
