//! `linli systemd`: a unit file that runs this home's node at every start of the machine.

use clap::Args;
use linli_node::Fault;

use super::shared::absolute;
use crate::exit::Failure;
use crate::say;
use crate::session::Session;

const UNIT: &str = include_str!("linli.service");

#[derive(Debug, Args)]
pub(crate) struct Systemd {
    /// For the whole machine, as this account; without it, for the person's own services
    #[arg(long, value_name = "ACCOUNT")]
    system_user: Option<String>,
}

impl Systemd {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Fault::disk("finding this program's own file", &error))?
            .display()
            .to_string();
        let home = absolute(&session.home)?.display().to_string();
        session.out(&unit(&program, &home, self.system_user.as_deref()))?;
        session.tell(&match self.system_user {
            Some(_) => say!(session.speech, "systemd-next-system"),
            None => say!(session.speech, "systemd-next-user"),
        });
        Ok(())
    }
}

fn unit(program: &str, home: &str, account: Option<&str>) -> String {
    let (user, wanted_by) = match account {
        Some(account) => (format!("User={account}\n"), "multi-user.target"),
        None => (String::new(), "default.target"),
    };
    UNIT.replace("@PROGRAM@", &quoted(program))
        .replace("@HOME@", &quoted(home))
        .replace("@USER@\n", &user)
        .replace("@WANTED_BY@", wanted_by)
}

/// As systemd.syntax(7) reads it: quoted, `%` and `$` doubled.
fn quoted(path: &str) -> String {
    let inner = path.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    format!("\"{inner}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_spaces_and_signs_reaches_the_node_whole() {
        let unit = unit("/usr/bin/linli", "/home/lin/our 100% home", None);
        assert!(
            unit.contains("ExecStart=\"/usr/bin/linli\" --home \"/home/lin/our 100%% home\" run\n"),
            "{unit}"
        );
        assert!(unit.contains("WantedBy=default.target"));
        assert!(!unit.contains('@') && !unit.contains("User="));
    }

    #[test]
    fn a_machine_wide_unit_names_its_account() {
        let unit = unit("/usr/bin/linli", "/var/lib/linli", Some("linli"));
        assert!(unit.contains("User=linli\n") && unit.contains("WantedBy=multi-user.target"));
    }
}
