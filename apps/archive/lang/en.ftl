### Texts of the archive's command line, English. The same keys stand in zh-CN.ftl.

# Verifying
verifying = Verifying everything from the first block.
verified-records = Records
verified-logs = Public logs
verified-blocks = Blocks
verified-digest = Digest
verified-sound = Every chain, hash, signature and block is sound.
verified-faults = { $count } faults found.
verified-at-start = Verified { $records } records and { $blocks } blocks: all sound.
damage-held = { $count } faults found. What is whole is served on; `linli-archive verify` lists them.
never-verified = Never verified here: `linli-archive verify` does it.
last-verified = Last verified { $time }:
digest-missing = { $count } bodies have not arrived yet; until then the digest may differ from others'.

# Giving back
restoring = Copying { $name } by the same door as the network.
restored = { $records } records copied to { $home }.
restored-digest = Digest, the same in both: { $digest }
restored-lacking = { $count } attachments are not in the archive, or damaged there: the copy lacks them.
fault-copy-differs = The copy's digest is not the archive's.
fault-bundle-cut-short = The bundle was cut short or changed: its sum is not right.
fault-bundle-lacks = The bundle lacks what its blocks settle.
fault-archive-forged = Records of the archive do not verify.
fault-archive-link = The archive holds something that is neither a file nor a folder of a home.
fault-other-digest = The archive's digest is not the one that was expected.
fault-archive-grows = The archive grows faster than it can be copied.
hint-copy-differs = run `linli-archive verify` on the archive: what is damaged there is not taken over
hint-bundle-cut-short = copy it again from where it was written, and look at the free space
hint-bundle-lacks = write it anew, from the first record on (`--after 0`)
hint-archive-forged = do not use this archive: take another keeper's, or a neighbour's
hint-archive-link = a home holds no links: restore from the folder itself, or from a bundle
hint-other-digest = ask several neighbours for theirs (`linli digest`); an older archive has another one, too
hint-archive-grows = stop its node while it is copied
hint-no-home = prepare one with `linli-archive join INVITE`; a registrar makes the invite: `linli invite --as keeper`

# What to do about each kind of fault
advice-attachment = It was set aside and is fetched again from the neighbours as soon as `linli-archive run` is linked with one.
advice-block = Blocks come again from any neighbour: stop this node, run `linli repair` on this home, then `linli-archive run`.
advice-cache = Nothing is lost: it is computed from the records. `linli repair` on this home computes it anew.
advice-file = The store's file is damaged. Stop this node and run `linli repair` on this home: it saves what can be saved, and the rest comes again from the neighbours. Damage that comes back means a failing disk.
advice-fork = The other branch of a log with two histories is damaged: `linli repair` on this home, then it comes again from neighbours that hold it.
advice-index = Nothing is lost: `linli repair` on this home builds the index anew.
advice-other = Run `linli repair` on this home, verify again, and compare the digest with your neighbours'.
advice-record = Run `linli repair` on this home: it mends one damaged byte, sets aside what it can't, and that comes again from the neighbours.
advice-register = Run `linli repair` on this home: it replays the blocks. If the register's state differs again, speak with another keeper before you serve from here.
advice-tip = Run `linli repair` on this home: it reads the log's end from its records.
advice-value = Run `linli repair` on this home; what is remembered of neighbours is learnt again from them.
