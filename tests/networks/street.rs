//! Network namespaces: places with interfaces of their own, bridges between them, routers that masquerade. It knows nothing
//! of nodes. Names carry this process's id, so that two runs don't meet; whatever ends takes its places along, and what a
//! killed run left behind is swept away by the next.

use std::cell::Cell;
use std::process::{Command, Output, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// What names of places begin with; the process id follows.
const PREFIX: &str = "linli-street-";

/// Places that vanish together.
pub(crate) struct Street {
    name: String,
    places: std::cell::RefCell<Vec<String>>,
    ports: Cell<u32>,
}

/// One network namespace.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) name: String,
}

/// A bridge's port: the far end of a cable.
#[derive(Debug, Clone)]
pub(crate) struct Cable {
    bridge: Place,
    port: String,
    place: Place,
    interface: String,
}

impl Street {
    /// A street with nothing in it; nothing where this machine does not allow namespaces, which is said.
    pub(crate) fn open() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        static SWEPT: Once = Once::new();
        let name = format!("{PREFIX}{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        if let Err(why) = allowed(&name) {
            let required = std::env::var("LINLI_REQUIRE_PEERS").is_ok_and(|value| value == "1");
            assert!(!required, "{why}, and LINLI_REQUIRE_PEERS=1");
            eprintln!("skipped: {why}");
            return None;
        }
        SWEPT.call_once(sweep);
        Some(Self { name, places: std::cell::RefCell::default(), ports: Cell::new(0) })
    }

    /// A place with nothing but a loopback interface.
    pub(crate) fn place(&self, name: &str) -> Place {
        let place = Place { name: format!("{}-{name}", self.name) };
        self.places.borrow_mut().push(place.name.clone());
        ip(&format!("netns add {}", place.name));
        place.ip("link set lo up");
        place
    }

    /// A place whose bridge, `br0`, joins whatever is plugged into it.
    pub(crate) fn bridge(&self, name: &str) -> Place {
        let place = self.place(name);
        place.ip("link add br0 type bridge mcast_snooping 0");
        place.ip("link set br0 up");
        place
    }

    /// Plugs a cable: the place has a new interface with this address.
    pub(crate) fn plug(&self, place: &Place, interface: &str, bridge: &Place, address: &str) -> Cable {
        let port = format!("port{}", self.ports.replace(self.ports.get() + 1));
        ip(&format!(
            "link add {interface} netns {} type veth peer name {port} netns {}",
            place.name, bridge.name
        ));
        bridge.ip(&format!("link set {port} master br0 up"));
        place.ip(&format!("addr add {address} dev {interface}"));
        place.ip(&format!("link set {interface} up"));
        Cable { bridge: bridge.clone(), port, place: place.clone(), interface: interface.to_owned() }
    }

    /// A household's router: `inside` its own street, one outside address, and masquerading that gives every flow a port of
    /// its own choice, so that nobody outside can guess it.
    pub(crate) fn router(&self, name: &str, outside: (&Place, &str), inside: (&Place, &str)) -> Place {
        let router = self.place(name);
        self.plug(&router, "wan0", outside.0, outside.1);
        self.plug(&router, "lan0", inside.0, inside.1);
        router.run("sysctl", &["-q", "-w", "net.ipv4.ip_forward=1"]);
        router.run("nft", &["add", "table", "ip", "nat"]);
        let chain = "{ type nat hook postrouting priority 100 ; }";
        router.run("nft", &["add", "chain", "ip", "nat", "out", chain]);
        router.run("nft", &["add", "rule", "ip", "nat", "out", "oifname", "wan0", "masquerade", "random"]);
        router.run("nft", &["add", "table", "ip", "filter"]);
        let chain = "{ type filter hook forward priority 0 ; policy drop ; }";
        router.run("nft", &["add", "chain", "ip", "filter", "through", chain]);
        router.run("nft", &["add", "rule", "ip", "filter", "through", "iifname", "lan0", "accept"]);
        let known =
            ["add", "rule", "ip", "filter", "through", "ct", "state", "established,related", "accept"];
        router.run("nft", &known);
        router
    }
}

impl Drop for Street {
    fn drop(&mut self) {
        for place in self.places.borrow().iter() {
            let _ = Command::new("ip").args(["netns", "del", place]).output();
        }
    }
}

impl Place {
    /// A command inside the place.
    pub(crate) fn command(&self, program: &std::ffi::OsStr) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program).stdin(Stdio::null());
        command
    }

    /// `ip` on the place's interfaces.
    pub(crate) fn ip(&self, words: &str) {
        ip(&format!("-n {} {words}", self.name));
    }

    fn run(&self, program: &str, words: &[&str]) {
        succeed(self.command(program.as_ref()).args(words));
    }
}

impl Cable {
    /// The interface is gone.
    pub(crate) fn unplug(self) {
        self.place.ip(&format!("link del {}", self.interface));
    }

    /// The cable is out: the interface stays, without carrier.
    pub(crate) fn pull(&self) {
        self.bridge.ip(&format!("link set {} down", self.port));
    }

    /// The cable is in again.
    pub(crate) fn push(&self) {
        self.bridge.ip(&format!("link set {} up", self.port));
    }

    /// The interface has another address.
    pub(crate) fn readdress(&self, address: &str) {
        self.place.ip(&format!("addr flush dev {} scope global", self.interface));
        self.place.ip(&format!("addr add {address} dev {}", self.interface));
    }
}

fn ip(words: &str) {
    succeed(Command::new("ip").args(words.split(' ')));
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Whether everything a street needs is here and permitted.
fn allowed(name: &str) -> Result<(), String> {
    for (program, word, package) in
        [("ip", "-V", "iproute2"), ("nft", "-v", "nftables"), ("tcpdump", "--version", "tcpdump")]
    {
        let here = Command::new(program).arg(word).output().is_ok_and(|output| output.status.success());
        if !here {
            return Err(format!("{program} is not here (apt-get install {package})"));
        }
    }
    let probe = format!("{name}-probe");
    let made =
        Command::new("ip").args(["netns", "add", &probe]).output().map_err(|error| error.to_string())?;
    if !made.status.success() {
        return Err("this user may not make network namespaces (run as root)".to_owned());
    }
    ip(&format!("netns del {probe}"));
    Ok(())
}

/// Places of runs that were killed.
fn sweep() {
    let listed = succeed(Command::new("ip").args(["netns", "list"]));
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let pid = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if pid.is_some_and(|pid| !std::path::Path::new("/proc").join(pid).exists()) {
            let _ = Command::new("ip").args(["netns", "del", name]).output();
        }
    }
}
