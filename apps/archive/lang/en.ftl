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
fault-copy-differs = The copy's digest is not the archive's.
fault-bundle-cut-short = The bundle between the archive and the copy was cut short.
fault-archive-grows = The archive grows faster than it can be copied.
hint-copy-differs = run `linli-archive verify` on the archive: what is damaged there is not taken over
hint-bundle-cut-short = check free space beside the new home, remove it, and try again
hint-archive-grows = stop its node while it is copied
