//! The words of the command line. English help is the comments here; Chinese stands in `lang/zh-CN.help.ftl`.

use clap::Parser;
use linli_speech::Common;

/// Linli's desktop: a window on a home
#[derive(Debug, Parser)]
#[command(name = "linli-desktop", version, disable_help_flag = true, disable_version_flag = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
}
