//! The founding charter: the rules a community begins with, as signed data.
