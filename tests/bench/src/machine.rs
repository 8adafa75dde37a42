//! What the machine did meanwhile: processor time, memory, load; and threads for work that divides.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Threads a benchmark may use: the machine the targets are for has two cores.
pub(crate) const THREADS: usize = 2;

/// Processor seconds of this process, all its threads.
pub(crate) fn processor_seconds() -> f64 {
    processor_seconds_of("self")
}

/// Processor seconds of a process.
pub(crate) fn processor_seconds_of(pid: &str) -> f64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return 0.0 };
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Most memory this process ever held at once, mebibytes.
pub(crate) fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Load average of the last minute: how busy others kept the machine.
pub(crate) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// Writes everything out and forgets what was read: the next reading is from the disk. Needs root; says whether it could.
pub(crate) fn drop_caches() -> bool {
    let _ = std::process::Command::new("sync").status();
    std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

/// Runs `work` for every index below `count` on [`THREADS`] threads; answers in order of index.
pub(crate) fn spread<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let one = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return done;
            }
            done.push((index, work(index)));
        }
    };
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(one)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, done)| done).collect()
}

/// Whether this process has a network of its own. If not, runs itself again in one, with the same arguments, and waits.
pub(crate) fn apart(name: &str, sink: bool) -> bool {
    const INSIDE: &str = "LINLI_BENCH_INSIDE";
    if std::env::var_os(INSIDE).is_none() {
        let this = std::env::current_exe().expect("this program");
        let mut again = std::process::Command::new("unshare");
        again.args(["-n", "--"]).arg(this).arg(name).args(std::env::args().skip(2)).env(INSIDE, "1");
        assert!(again.status().expect("a network namespace needs root and util-linux").success());
        return false;
    }
    ip("link set lo up");
    if sink {
        // Whoever is sent to there takes it, and never answers.
        ip("link add sink type veth peer name sunk");
        ip("addr add 10.99.0.1/24 dev sink");
        ip("link set sink up");
        ip("link set sunk up");
        ip("neigh add 10.99.0.77 lladdr 02:00:00:00:00:77 dev sink");
    }
    true
}

fn ip(line: &str) {
    let done = std::process::Command::new("ip").args(line.split(' ')).status();
    assert!(done.expect("iproute2 is installed").success(), "ip {line}");
}
