//! What the records mean: the register, roles, notices, stories, requests, consent. Pure.
