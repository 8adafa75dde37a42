//! A systemd unit that runs a program's home at every start of the machine.

use clap::Args;
use linli_node::Fault;

use crate::exit::Failure;
use crate::say;
use crate::session::Session;

const UNIT: &str = include_str!("systemd.service");

/// `systemd`: prints a unit file
#[derive(Debug, Args)]
pub struct Systemd {
    /// For the whole machine, as this account; without it, for the person's own services
    #[arg(long, value_name = "ACCOUNT")]
    pub system_user: Option<String>,
}

impl Systemd {
    /// Prints the unit of the program `name`, which is described so.
    ///
    /// # Errors
    /// When this program's own file is not found, or nobody reads it.
    pub fn run(&self, session: &Session, name: &str, description: &str) -> Result<(), Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Fault::disk("finding this program's own file", &error))?;
        let home =
            std::path::absolute(&session.home).map_err(|error| Fault::disk("finding the home", &error))?;
        let (program, home) = (program.display().to_string(), home.display().to_string());
        session.text(&unit(description, &program, &home, self.system_user.as_deref()))?;
        session.tell(&match self.system_user {
            Some(_) => say!(session.speech, "systemd-next-system", name = name),
            None => say!(session.speech, "systemd-next-user", name = name),
        });
        Ok(())
    }
}

fn unit(description: &str, program: &str, home: &str, account: Option<&str>) -> String {
    let (user, wanted_by) = match account {
        Some(account) => (format!("User={account}\n"), "multi-user.target"),
        None => (String::new(), "default.target"),
    };
    UNIT.replace("@DESCRIPTION@", description)
        .replace("@PROGRAM@", &quoted(program))
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
        let unit = unit("A gateway", "/usr/bin/linli-gateway", "/home/lin/our 100% home", None);
        let wanted = "ExecStart=\"/usr/bin/linli-gateway\" --home \"/home/lin/our 100%% home\" run\n";
        assert!(unit.contains(wanted), "{unit}");
        assert!(unit.contains("WantedBy=default.target"));
        assert!(!unit.contains('@') && !unit.contains("User="));
    }

    #[test]
    fn a_machine_wide_unit_names_its_account() {
        let unit = unit("A keeper", "/usr/bin/linli-archive", "/var/lib/linli", Some("linli"));
        assert!(unit.contains("User=linli\n") && unit.contains("WantedBy=multi-user.target"));
    }
}
