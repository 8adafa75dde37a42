//! The client half of the local interface: what a command uses when a node has the home open.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::time::Duration;

use super::Running;
use crate::fault::{Fault, FaultKind};
use crate::vocabulary::{Answer, Event, Request};

/// A command may wait this long for a node that is busy catching up.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection to the node that has a home open.
pub struct Client {
    agent: ureq::Agent,
    /// For what takes as long as it takes.
    patient: ureq::Agent,
    base: String,
    token: String,
}

impl Client {
    /// The node that has `home` open, if one answers.
    #[must_use]
    pub fn find(home: &Path) -> Option<Self> {
        let running = Running::read(home)?;
        let agent = |patience| -> ureq::Agent {
            let config = ureq::Agent::config_builder().timeout_global(patience);
            config.http_status_as_error(false).proxy(None).build().into()
        };
        Some(Self {
            agent: agent(Some(PATIENCE)),
            patient: agent(None),
            base: format!("http://127.0.0.1:{}", running.port),
            token: format!("Bearer {}", running.token),
        })
    }

    /// Asks the node.
    ///
    /// # Errors
    /// The node's own [`Fault`], or one of kind `stopped` when it does not answer.
    pub fn ask(&self, request: &Request) -> Result<Answer, Fault> {
        let body = serde_json::to_vec(request).map_err(|error| defect(&error))?;
        let agent = if takes_long(request) { &self.patient } else { &self.agent };
        let mut response = agent
            .post(format!("{}/v1/ask", self.base))
            .header("Authorization", &self.token)
            .header("Content-Type", "application/json")
            .send(&body[..])
            .map_err(|error| silent(&error))?;
        let ok = response.status().is_success();
        let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
        if ok {
            serde_json::from_reader(&mut reader).map_err(|error| defect(&error))
        } else {
            Err(serde_json::from_reader(&mut reader).unwrap_or_else(|error| defect(&error)))
        }
    }

    /// Follows what happens; each item is one event.
    ///
    /// # Errors
    /// A [`Fault`] when the node does not answer.
    pub fn events(&self) -> Result<impl Iterator<Item = Event> + use<>, Fault> {
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let response = agent
            .get(format!("{}/v1/events", self.base))
            .header("Authorization", &self.token)
            .call()
            .map_err(|error| silent(&error))?;
        let lines = BufReader::new(response.into_body().into_reader()).lines();
        Ok(lines.map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok()))
    }
}

/// What goes through everything that is held.
const fn takes_long(request: &Request) -> bool {
    matches!(
        request,
        Request::Check | Request::Repair | Request::BundleExport { .. } | Request::BundleImport { .. }
    )
}

fn silent(error: &ureq::Error) -> Fault {
    Fault::new(FaultKind::Stopped, "no-answer", format!("the node of this home does not answer: {error}"))
        .hint("if it has stopped, start it again with `linli run`")
}

fn defect(error: &serde_json::Error) -> Fault {
    Fault::new(
        FaultKind::Internal,
        "vocabulary",
        format!("the node and this command do not understand each other: {error}"),
    )
    .hint("use the same version of Linli for both")
}
