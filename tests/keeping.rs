//! Nothing acknowledged is lost: real nodes killed at any moment, on full disks, with damaged files, copied and restored.

#[path = "keeping/copies.rs"]
mod copies;
#[path = "keeping/crash.rs"]
mod crash;
#[path = "keeping/damage.rs"]
mod damage;
#[path = "keeping/full.rs"]
mod full;
#[path = "keeping/home.rs"]
mod home;
#[path = "guide/program.rs"]
mod program;
