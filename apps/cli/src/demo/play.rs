//! The play: founding, joining, speaking, the day the cable is pulled, and everyone reading the same again.

use std::path::{Path, PathBuf};

use linli_community::content::Scope;
use linli_community::content::scope::Stair;
use linli_node::vocabulary::{Answer, ConsentTerms, NoticePost, Request, RequestOpen, Sight};
use linli_node::{Fault, Founding};
use linli_record::Hash;

use super::estate::{self, Estate, Home};
use super::stage::{Actor, same_digest, unexpected, until};

/// What the play came to, for the last page.
pub(super) struct Outcome {
    /// What every node shows at the end, each asked for its own; they are the same.
    pub(super) digest: Hash,
    pub(super) records: u64,
    pub(super) together: Hash,
    pub(super) refused: String,
    pub(super) nodes: Vec<Shown>,
    /// The story that two people wrote on apart from each other.
    pub(super) story: String,
    pub(super) notices: usize,
    pub(super) stories: usize,
}

/// A node at the end: whose it is, where it lies, and the digest it answered with itself.
pub(super) struct Shown {
    pub(super) label: String,
    pub(super) home: PathBuf,
    pub(super) digest: Hash,
}

/// A scene that begins: its key in the language files.
pub(super) type Curtain<'a> = &'a mut dyn FnMut(&'static str);

/// The neighbourhood on stage.
pub(super) struct Play<'a> {
    estate: &'a Estate,
    actors: Vec<Actor>,
    cut: usize,
    stories: Vec<(String, usize)>,
    requests: Vec<String>,
    threads: Vec<(String, String)>,
}

impl<'a> Play<'a> {
    /// Plays everything in `folder`.
    pub(super) fn run(estate: &'a Estate, folder: &Path, curtain: Curtain<'_>) -> Result<Outcome, Fault> {
        curtain("demo-founding");
        let mut play = Self::found(estate, folder)?;
        curtain("demo-joining");
        play.join_all(folder)?;
        curtain("demo-speaking");
        play.speak()?;
        let together = same_digest(&play.actors)?[0];
        curtain("demo-cutting");
        play.live_apart()?;
        curtain("demo-door");
        let refused = play.door()?;
        curtain("demo-returning");
        play.come_back()?;
        let digests = same_digest(&play.actors)?;
        play.close(digests, together, refused)
    }

    fn found(estate: &'a Estate, folder: &Path) -> Result<Self, Fault> {
        let community = &estate.community;
        let founding = Founding {
            name: community.name.clone(),
            unit: community.founder.unit.clone(),
            label: community.founder.label.clone(),
            language: community.languages.first().cloned().unwrap_or_else(|| "zh-CN".into()),
        };
        let founder = Actor::founder(folder, &community.founder.unit, &founding)?;
        founder.ask(Request::RollImport { csv: estate.roll.clone(), dry_run: false, shrink: false })?;
        let cut = community.household.iter().position(|home| home.cut_off).map_or(1, |at| at + 1);
        Ok(Self {
            estate,
            actors: vec![founder],
            cut,
            stories: Vec::new(),
            requests: Vec::new(),
            threads: Vec::new(),
        })
    }

    /// Everyone knocks at once; who must approve whom decides the order they are let in.
    fn join_all(&mut self, folder: &Path) -> Result<(), Fault> {
        let community = &self.estate.community;
        for Home { unit, label, .. } in &community.household {
            self.knock(folder, unit, label, "owner", Some(unit))?;
        }
        self.knock(folder, "gateway", &community.gateway.label, "gateway", None)?;
        self.knock(folder, "keeper", &community.keeper.label, "keeper", None)?;
        let households = community.household.len();
        for at in 1..self.actors.len() {
            self.admit(at, 0)?;
            if at == 2 {
                self.be_member(1)?;
                self.be_member(2)?;
                self.confirm_each_other()?;
            }
            if (3..=households).contains(&at) {
                self.admit(at, 1)?;
            }
        }
        (1..self.actors.len()).try_for_each(|at| self.be_member(at))
    }

    /// Seats the founder alone approved count, and approve, once another owner confirmed them: the second and the third
    /// household do it for each other.
    fn confirm_each_other(&self) -> Result<(), Fault> {
        for (by, of) in [(2, 1), (1, 2)] {
            let household = self.actors[of].label.clone();
            until("the neighbour to be known", || {
                match self.actors[by].ask(Request::Confirm { household: household.clone() }) {
                    Ok(_) => Ok(Some(())),
                    Err(fault) if fault.code == "not-found" => Ok(None),
                    Err(fault) => Err(fault),
                }
            })?;
        }
        Ok(())
    }

    /// The founder invites; the newcomer's node starts and knocks.
    fn knock(
        &mut self,
        folder: &Path,
        name: &str,
        label: &str,
        role: &str,
        unit: Option<&str>,
    ) -> Result<(), Fault> {
        let invite = Request::Invite { role: role.into(), unit: unit.map(Into::into) };
        let invite = match self.actors[0].ask(invite)? {
            Answer::Invite(invite) => invite.text,
            other => return Err(unexpected(&other)),
        };
        self.actors.push(Actor::newcomer(folder, name, label, &invite)?);
        Ok(())
    }

    fn be_member(&self, at: usize) -> Result<(), Fault> {
        until("the newcomer to be a member", || match self.actors[at].ask(Request::Status)? {
            Answer::Status(status) => {
                let member = status.state == linli_node::vocabulary::MemberState::Member;
                Ok((member && status.records > 1).then_some(()))
            }
            other => Err(unexpected(&other)),
        })
    }

    /// Admits a newcomer who knocked, as soon as `by` has heard of them.
    fn admit(&self, newcomer: usize, by: usize) -> Result<(), Fault> {
        let approver = &self.actors[by];
        let label = &self.actors[newcomer].label;
        let claim = until("the newcomer to knock", || match approver.ask(Request::Claims)? {
            Answer::Claims(claims) => Ok(claims
                .into_iter()
                .find(|claim| claim.label == *label)
                .map(|claim| claim.claim.to_string())),
            other => Err(unexpected(&other)),
        })?;
        approver.ask(Request::Admit { claim: Some(claim) })?;
        Ok(())
    }

    fn actor(&self, name: &str) -> &Actor {
        self.actors.iter().find(|actor| actor.name == name).unwrap_or(&self.actors[0])
    }

    fn speak(&mut self) -> Result<(), Fault> {
        for (notice, text) in &self.estate.notices {
            self.actor(&notice.by).say(Request::NoticePost(NoticePost {
                replaces: None,
                title: notice.title.clone(),
                text: text.clone(),
                scope: scope(&notice.scope),
                must_read: notice.must_read,
                days: notice.expires_days,
            }))?;
        }
        for (at, (story, text)) in self.estate.stories.iter().enumerate() {
            let author = self.actor(&story.by);
            let id = author.say(Request::StoryWrite { title: story.title.clone(), text: text.clone() })?;
            for picture in &story.pictures {
                author.say(Request::StoryPicture {
                    story: id.clone(),
                    path: self.estate.folder.join("stories").join(picture),
                    caption: story.captions.get(picture).cloned().unwrap_or_default(),
                })?;
            }
            self.stories.push((id, at));
        }
        for request in &self.estate.requests {
            let id = self.actor(&request.by).say(Request::RequestOpen(RequestOpen {
                title: request.title.clone(),
                text: request.text.clone(),
                place: request.place.clone(),
                category: request.category.clone(),
                picture: None,
            }))?;
            self.requests.push(id);
        }
        self.talk("together", None)
    }

    /// Plays the threads of one scene; `only` is the one household that is heard.
    fn talk(&mut self, when: &str, only: Option<usize>) -> Result<(), Fault> {
        for (talk, lines) in self.estate.talk.iter().filter(|(talk, _)| talk.when == when) {
            let thread = self.thread(&talk.title, only)?;
            for line in lines.lines() {
                let Some((name, text)) = line.split_once(": ") else { continue };
                let speaker = self.actor(name);
                self.heard(&thread, speaker)?;
                speaker.say(Request::Say { thread: thread.clone(), text: text.into(), reply_to: None })?;
            }
        }
        Ok(())
    }

    /// The thread of that title, opened when it is the first time.
    fn thread(&mut self, title: &str, only: Option<usize>) -> Result<String, Fault> {
        if let Some((_, id)) = self.threads.iter().find(|(known, _)| known == title) {
            return Ok(id.clone());
        }
        let opener = &self.actors[only.unwrap_or(0)];
        let id = opener.say(Request::ThreadOpen { title: title.into(), audience: None })?;
        self.threads.push((title.into(), id.clone()));
        Ok(id)
    }

    fn heard(&self, thread: &str, speaker: &Actor) -> Result<(), Fault> {
        until("the thread to arrive", || match speaker.ask(Request::Thread { thread: thread.into() }) {
            Ok(_) => Ok(Some(())),
            Err(fault) if fault.code == "not-found" => Ok(None),
            Err(fault) => Err(fault),
        })
    }

    /// One household loses its network; both sides go on.
    fn live_apart(&mut self) -> Result<(), Fault> {
        let near: Vec<String> = self
            .estate
            .talk
            .iter()
            .filter(|(t, _)| t.when == "apart-near")
            .map(|(t, _)| t.title.clone())
            .collect();
        for title in near {
            let thread = self.thread(&title, None)?;
            for actor in &self.actors {
                self.heard(&thread, actor)?;
            }
        }
        self.actors[self.cut].cut_off()?;
        self.edit_stories()?;
        self.work_requests()?;
        self.talk("apart-near", None)?;
        self.talk("apart-far", Some(self.cut))
    }

    /// Two people write on one story, neither knowing of the other.
    fn edit_stories(&self) -> Result<(), Fault> {
        for (id, at) in &self.stories {
            let (story, original) = &self.estate.stories[*at];
            for estate::Edit { by, after, add } in &story.edit {
                let writer = self.actor(by);
                let base = match writer.ask(Request::Story { story: id.clone() })? {
                    Answer::Story(view) => Some(view.version),
                    other => return Err(unexpected(&other)),
                };
                let text = original.replacen(after.as_str(), &format!("{after}{add}"), 1);
                writer.ask(Request::StoryEdit { story: id.clone(), base, title: None, text: Some(text) })?;
            }
        }
        Ok(())
    }

    /// Steps whose actors are on the near side; the others' come after the return.
    fn work_requests(&self) -> Result<(), Fault> {
        let away = &self.actors[self.cut].name;
        for (request, id) in self.estate.requests.iter().zip(&self.requests) {
            if request.by == *away {
                continue;
            }
            for step in &request.step {
                let what = match (step.what.as_str(), step.satisfied) {
                    ("judged", Some(false)) => "judged-bad",
                    ("judged", _) => "judged-good",
                    (other, _) => other,
                };
                let actor = self.actor(&step.by);
                until("the step before to arrive", || {
                    let step = Request::RequestStep {
                        request: id.clone(),
                        step: what.into(),
                        text: step.text.clone(),
                    };
                    match actor.ask(step) {
                        Ok(_) => Ok(Some(())),
                        Err(fault) if fault.kind == linli_node::FaultKind::NotAllowed => Ok(None),
                        Err(fault) => Err(fault),
                    }
                })?;
            }
        }
        Ok(())
    }

    /// The gateway signs what the owners agreed to, and is refused what they did not.
    fn door(&self) -> Result<String, Fault> {
        let community = &self.estate.community;
        for consent in &community.consent {
            self.actors[0].ask(Request::ConsentGrant(ConsentTerms {
                gateway: community.gateway.label.clone(),
                source: consent.source.clone(),
                purpose: consent.purpose.clone(),
                viewers: consent.viewers.join(","),
                retention_days: consent.retention_days,
                days: None,
                motion: consent.reason.clone(),
            }))?;
        }
        let gateway = self.actor("gateway");
        for sighting in &community.sighting {
            until("the consent to reach the gateway", || {
                match gateway.ask(sight(&sighting.source, &sighting.state)) {
                    Ok(_) => Ok(Some(())),
                    Err(fault) if fault.code == "no-consent" => Ok(None),
                    Err(fault) => Err(fault),
                }
            })?;
        }
        let refused = community.refused.first().map(|refused| refused.source.clone()).unwrap_or_default();
        match gateway.ask(sight(&refused, "open")) {
            Err(fault) if fault.code == "no-consent" => Ok(refused),
            Err(fault) => Err(fault),
            Ok(answer) => Err(unexpected(&answer)),
        }
    }

    fn come_back(&mut self) -> Result<(), Fault> {
        let cut = self.cut;
        self.actors[cut].connect()?;
        same_digest(&self.actors)?;
        self.talk("again", None)
    }

    fn close(mut self, digests: Vec<Hash>, together: Hash, refused: String) -> Result<Outcome, Fault> {
        let records = self.actors[0].records()?;
        let edited = self.stories.iter().find(|(_, at)| !self.estate.stories[*at].0.edit.is_empty());
        let story = edited.map(|(id, _)| id.clone()).unwrap_or_default();
        let digest = digests[0];
        let shown = self.actors.iter().zip(digests);
        let nodes = shown.map(|(actor, digest)| Shown {
            label: actor.label.clone(),
            home: actor.home().to_owned(),
            digest,
        });
        let nodes = nodes.collect();
        std::thread::scope(|scope| {
            for actor in &mut self.actors {
                scope.spawn(|| actor.rest());
            }
        });
        Ok(Outcome {
            digest,
            together,
            records,
            refused,
            nodes,
            story,
            notices: self.estate.notices.len(),
            stories: self.estate.stories.len(),
        })
    }
}

fn sight(source: &str, value: &str) -> Request {
    Request::Sight(Sight {
        source: source.into(),
        kind: "contact".into(),
        value: value.into(),
        battery: None,
        at_ms: None,
    })
}

/// `estate`, `building 3`, `stair 1-2`, `unit 1-104`, or everyone.
fn scope(text: &str) -> Scope {
    match text.split_once(' ') {
        Some(("building", name)) => Scope::Buildings(vec![name.into()]),
        Some(("unit", name)) => Scope::Units(vec![name.into()]),
        Some(("stair", name)) => match name.split_once('-') {
            Some((building, stair)) => {
                Scope::Stairs(vec![Stair { building: building.into(), stair: stair.into() }])
            }
            None => Scope::Estate,
        },
        _ if text == "everyone" => Scope::Everyone,
        _ => Scope::Estate,
    }
}
