//! A real mosquitto with its own configuration on a loopback port, a node that writes down what it is asked to sign, and
//! a gateway between them. Everything is waited for, a minute at most.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use linli_gateway::bridge::Gateway;
use linli_gateway::config::Config;
use linli_gateway::pen::{Pen, Refusal, Said, Spoken};
use linli_gateway::seen::Seen;
use linli_gateway::spool::{Seal, Spool};
use linli_gateway::thing::Kind;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The broker's program. Where it is absent the test is skipped, or fails if peers are required.
pub(crate) fn mosquitto() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = folders.map(|folder| folder.join("mosquitto")).find(|program| program.is_file());
    if found.is_none() {
        let required = std::env::var("LINLI_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "mosquitto is not here, and LINLI_REQUIRE_PEERS=1");
        eprintln!("skipped: mosquitto is not here (apt-get install mosquitto mosquitto-clients)");
    }
    found
}

/// A broker; it ends with this value.
pub(crate) struct Broker {
    program: PathBuf,
    folder: tempfile::TempDir,
    extra: String,
    child: Child,
    pub(crate) port: u16,
}

impl Broker {
    /// Starts one with these lines of configuration beside the usual ones.
    pub(crate) fn with(program: &Path, extra: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..20 {
            let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
            // Another program may take the port in between: then another port.
            if let Some(child) = spawn(program, folder.path(), port, extra) {
                return Self { program: program.to_owned(), folder, extra: extra.to_owned(), child, port };
            }
        }
        panic!("mosquitto found no port in twenty tries");
    }

    pub(crate) fn open(program: &Path) -> Self {
        Self::with(program, "allow_anonymous true")
    }

    /// As a power cut would end it: nothing is kept.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn(&self.program, self.folder.path(), self.port, &self.extra)
            .expect("its own port is free again");
    }

    /// Publishes with acknowledgement, and returns when the broker has it.
    pub(crate) fn publish(&self, topic: &str, payload: &str) {
        let file = self.folder.path().join("payload");
        std::fs::write(&file, payload).unwrap();
        self.client("mosquitto_pub", &["-q", "1", "-t", topic, "-f", file.to_str().unwrap()]);
    }

    /// The same, and the broker keeps it for whoever comes later.
    pub(crate) fn publish_kept(&self, topic: &str, payload: &str) {
        self.client("mosquitto_pub", &["-q", "1", "-r", "-t", topic, "-m", payload]);
    }

    fn client(&self, program: &str, words: &[&str]) {
        let port = self.port.to_string();
        let status = Command::new(program).args(["-h", "127.0.0.1", "-p", &port]).args(words).status();
        assert!(status.expect("mosquitto-clients is installed").success(), "{program} {words:?}");
    }

    /// A program that stands in for Zigbee2MQTT: while it lives the bridge is online, and its last will says offline.
    pub(crate) fn bridge(&self) -> Child {
        self.publish_kept("test/ready", "go");
        let port = self.port.to_string();
        let mut child = Command::new("mosquitto_sub")
            .args(["-h", "127.0.0.1", "-p", &port, "-t", "test/ready", "-k", "5"])
            .args(["--will-topic", "zigbee2mqtt/bridge/state", "--will-payload", "{\"state\":\"offline\"}"])
            .args(["--will-qos", "1", "--will-retain"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("mosquitto-clients is installed");
        let lines = lines(child.stdout.take().unwrap());
        assert_eq!(lines.recv_timeout(PATIENCE).unwrap(), "go");
        self.publish_kept("zigbee2mqtt/bridge/state", "{\"state\":\"online\"}");
        child
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts mosquitto and waits until it listens; nothing when it could not.
fn spawn(program: &Path, folder: &Path, port: u16, extra: &str) -> Option<Child> {
    let config = folder.join("mosquitto.conf");
    // It would leave root for a user who can't read the folder.
    let text = format!("user root\nlistener {port} 127.0.0.1\npersistence false\nlog_dest stderr\n{extra}\n");
    std::fs::write(&config, text).unwrap();
    let mut child = Command::new(program).arg("-c").arg(&config).stderr(Stdio::piped()).spawn().unwrap();
    let lines = lines(child.stderr.take().unwrap());
    let listens =
        std::iter::from_fn(|| lines.recv_timeout(PATIENCE).ok()).any(|line| line.ends_with("running"));
    if !listens {
        let _ = child.kill();
        let _ = child.wait();
    }
    listens.then_some(child)
}

/// Lines as they come; read to the end, so that the writer never waits.
fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (said, heard) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = said.send(line);
        }
    });
    heard
}

/// What lies on a test's disk may be read.
struct Open;

impl Seal for Open {
    fn seal(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        Some(sealed.to_vec())
    }
}

/// A node that signs everything it is asked to, unless told to refuse.
pub(crate) struct Node {
    pub(crate) refusal: Option<Refusal>,
    signed: Sender<String>,
}

impl Pen for Node {
    fn consented(&mut self) -> Result<BTreeSet<String>, Refusal> {
        Ok(["east".to_owned()].into())
    }

    fn said(&mut self, _: &str, _: Kind) -> Result<Option<Said>, Refusal> {
        Ok(None)
    }

    fn say(&mut self, spoken: &Spoken) -> Result<(), Refusal> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        self.signed.send(format!("{} {}", spoken.source, spoken.value)).unwrap();
        Ok(())
    }
}

/// A gateway with two doors, of which the owners agreed to the east one.
pub(crate) struct Entrance {
    gateway: Option<Gateway>,
    pub(crate) home: tempfile::TempDir,
    signed: Receiver<String>,
    seen: Receiver<Seen>,
}

pub(crate) const DOORS: &str = r#"
[[source]]
device = "door-a"
name = "east"
kind = "contact"
[[source]]
device = "door-b"
name = "west"
kind = "contact"
"#;

impl Entrance {
    pub(crate) fn open(broker: &Broker) -> Self {
        Self::with(tempfile::tempdir().unwrap(), broker.port, "", None)
    }

    /// A gateway on `home`, with more lines about the broker, and a node that refuses if told to.
    pub(crate) fn with(home: tempfile::TempDir, port: u16, about: &str, refusal: Option<Refusal>) -> Self {
        let text = format!("grace_secs = 3600\n[broker]\naddress = \"127.0.0.1:{port}\"\n{about}\n{DOORS}");
        std::fs::write(Config::path(home.path()), text).unwrap();
        let config = Config::read(home.path()).unwrap();
        let spool = Spool::open(home.path(), Box::new(Open)).unwrap();
        let (says, signed) = channel();
        let (shows, seen) = channel();
        let watcher = Box::new(move |seen: &Seen| {
            let _ = shows.send(seen.clone());
        });
        let gateway =
            Gateway::start(config, "linli-test", Node { refusal, signed: says }, spool, watcher).unwrap();
        Self { gateway: Some(gateway), home, signed, seen }
    }

    /// Waits until what was seen is like this.
    pub(crate) fn until(&self, what: &str, is: impl Fn(&Seen) -> bool) -> Seen {
        let mut last = Seen::default();
        while !is(&last) {
            last = self
                .seen
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|_| panic!("not within a minute: {what}; {last:?}"));
        }
        last
    }

    /// The next thing that was signed.
    pub(crate) fn signed(&self) -> String {
        self.signed.recv_timeout(PATIENCE).expect("something is signed within a minute")
    }

    pub(crate) fn signed_nothing(&self) -> bool {
        self.signed.try_recv().is_err()
    }

    /// Ends the gateway; its folder stays.
    pub(crate) fn close(mut self) -> tempfile::TempDir {
        self.gateway.take();
        self.home
    }
}
