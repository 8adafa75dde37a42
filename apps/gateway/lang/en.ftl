### Texts of the gateway's command line, English. The same keys stand in zh-CN.ftl.

# Running
bridging = { $sources } sources at { $broker }.
nothing-is-bridged = { $path } is not there: the node runs, and no thing is bridged. docs/guide/gateways-and-consent.md shows what to write.
password-in-the-clear = the password crosses the network in the clear. Set tls = true, or keep the broker on this machine.
not-configured = No gateway.toml yet: no thing is bridged. docs/guide/gateways-and-consent.md shows what to write.
not-running = No gateway runs in this home; what follows is what the last one saw.

# Sources
head-source = Source
head-device = Device
head-thing = Thing
head-agreed = Consent
head-value = Said
head-said = When
head-refused = Refused
head-model = Model
head-could-be = Could be
agreed = agreed
not-agreed = none: refused
unlisted = Not listened to, since gateway.toml does not name them:
unserved = The owners agreed to { $name }, and no source here has that name.

# Status
status-broker = Broker
status-bridge = Zigbee2MQTT
status-sources = Sources
status-sources-agreed = { $of }, of which { $agreed } agreed to
status-spool = Waiting in the spool
status-blocked = Waiting because
status-expired = Dropped after a day
status-missed = Missed for want of room
status-denied = Topics the broker denies
status-unconsented = Refused: no consent
status-malformed = Refused: for another reason
status-refused = Messages of the bridge refused

# Families
thing-contact = door or window
thing-leak = water
thing-smoke = smoke
value-open = open
value-closed = closed
value-wet = wet
value-dry = dry
value-yes = yes
value-no = no
value-unknown = unknown
broker-up = connected
broker-down = not connected
bridge-online = running
bridge-offline = not running
bridge-unheard = not heard yet
refused-no-consent = no consent
refused-too-large = too large
refused-not-json = malformed
refused-not-an-object = malformed
refused-not-a-state = malformed
fault-joining = waiting to be admitted: what comes meanwhile stays at the broker
hint-no-home = prepare one with `linli-gateway join INVITE`; a registrar makes the invite: `linli invite --as gateway`
