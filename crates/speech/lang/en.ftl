### Texts all programs share, English. The same keys stand in zh-CN.ftl.
### A name in $ is filled in by the program; lines of a family (kind-of-fault-, ..) are looked up by the node's codes.

# Ending
error = Error: { $message }
hint = Hint: { $message }
warning = Warning: { $message }
interrupted = Interrupted. What was acknowledged is kept.
done = Done.
list-separator = { ", " }
exit-done = done
exit-damaged = `check` or `repair` found damage
exit-interrupted = ended by Ctrl-C while waiting
fault-names = About: { $names }
hint-of-a-reason = `linli people` lists the offices and who holds them
kind-of-fault-internal = a defect of this program
kind-of-fault-input = the command or request is malformed: change it
kind-of-fault-not-found = nothing by that name
kind-of-fault-ambiguous = more than one thing by that name
kind-of-fault-not-allowed = the community's rules say no
kind-of-fault-not-joined = this home is not (yet) a member
kind-of-fault-waiting = someone else must act first
kind-of-fault-unreachable = the network did not carry it
kind-of-fault-disk = the disk refused, or holds damaged bytes
kind-of-fault-busy = another program has the home open
kind-of-fault-stopped = no node runs, or it has stopped
kind-of-fault-newer = needs a newer Linli

# Words of a command that do not read
usage-unknown-argument = There is no argument { $argument }.
usage-unknown-command = There is no command { $command }.
usage-no-verb = The command lacks its verb.
usage-missing = Missing: { $argument }.
usage-no-value = { $argument } lacks its value.
usage-bad-value = { $argument } can't be "{ $value }".
usage-conflict = { $argument } and { $other } exclude each other.
usage-other = The command line does not read: { $message }.
usage-not-utf8 = The command line is not UTF-8 text.
usage-perhaps = Perhaps you meant { $suggestion }.
usage-values = Possible: { $values }.
usage-help = Add --help to the command to see what it takes.
help-exit-codes = Exit codes:
help-values = { " " }[one of: { $values }]
help-default = { " " }[default: { $value }]
help-usage = Usage:
help-commands = Commands
help-arguments = Arguments
help-options = Options

# Arguments every program has
common = Arguments every program has
    .home = Folder of the home; the platform's data folder when left out
    .json = Answer in JSON, one document a line
    .lang = Language of messages
    .quiet = Say nothing but results and errors
    .help = Print help
    .version = Print the version
    .listen = UDP address to listen on; port 0 lets the system choose once
    .no_discover = Do not look for neighbours by multicast
    .relay = TCP address of a relay for neighbours behind routers, on a machine others can reach
    .announce = Another address to tell neighbours, such as a forwarded port; may be repeated
    .no_wait = Only prepare the home: `run` knocks
    .timeout = Give up waiting after so many seconds; the home stays prepared

# Joining, running
join-invite = Invited to { $name } by { $from }; the invite is good until { $until }.
join-waiting = Knocked. A neighbour must admit you now: `linli admit` there.
join-needs-another = One neighbour has approved; another must.
join-syncing = Admitted. Fetching what the neighbours hold.
join-refused = The community does not take this invite.
prepared = Prepared { $home }.
running = Running { $home }. Ctrl-C ends it.
stopped = Stopped; everything acknowledged is on disk.
event-linked = { $name } is here
event-unlinked = { $name } is gone
event-knocked = { $label } knocks as { $role }, unit { $unit }: `linli admit { $claim }` lets them in
busy-check = checking
busy-repair = repairing
busy-at = { $what }: { $stage }, { $percent } %
busy-begins = { $what }
stage-records = records
stage-indexes = indexes
stage-register = the register's file
stage-attachments = attachments
stage-blocks = blocks
status-busy = Busy
event-lagged = { $missed } events were missed
join-next = `run` knocks and waits to be admitted.
joined-next = `run` keeps this home running.
newcomer = newcomer
join-knocking = Knocking
join-nobody-answers = Nobody answers yet: is a node running at the inviter's, and are both on one network? Trying again.
systemd-next-user = Save it as ~/.config/systemd/user/{ $name }.service, then: systemctl --user enable --now { $name }
systemd-next-system = Save it as /etc/systemd/system/{ $name }.service, then: systemctl enable --now { $name }

# How it is
status-unnamed = Community { $id }
status-household = Household
status-household-is = { $label }, unit { $unit }, { $role }
status-state = State
status-settled = Settled
status-settled-until = until { $time }, block { $height }
status-settled-height = block { $height }
status-nothing-settled = nothing yet
status-witness = this node is a witness
status-waiting-for = the next block waits for { $what }
status-records = Records
status-copies = All sent to
status-addresses = Reachable at

# Families
member-joining = waiting to be admitted
member-member = member
member-turned-away = turned away by the neighbours
member-removed = removed
role-owner = owner
role-family = family
role-tenant = tenant
role-clerk = clerk
role-firm = property firm
role-grid = grid worker
role-department = department
role-gateway = gateway
role-keeper = keeper
role-device = device
role-registrar = registrar
role-moderator = moderator
role-unknown = unknown

# The manual
man-written = Wrote { $count } pages.
