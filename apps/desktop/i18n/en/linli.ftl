# Linli: every word on the screen. Verbs on buttons; one word for one thing, as docs/GLOSSARY.md lists them.
# The families role-, category-, answer-, note-, kind-, fault-, hint-, warning- are looked up by codes the node gives.

## Five places
place-today = Today
place-talk = Talk
place-matters = Matters
place-memory = Memory
place-estate = Estate
unread-count = { $count } unread
list-between = ,{" "}

## Tools
back = Back
close = OK
tool-language = 中文
tool-language-name = Switch to Chinese
tool-look-light = Light
tool-look-dark = Dark
tool-look-contrast = High contrast
tool-look-name = Change the look, now { $look }
tool-text = Text { $percent }%
tool-text-name = Enlarge text, now { $percent }%
tool-elder = Elder mode
tool-elder-leave = Back to the full view
field-title = Title
field-text = Text
underway = Saving…
draft-kept = Take your time: unfinished words are kept on this machine.

## Status bar
reach-alone = No neighbour reached now; read and write as usual
reach-alone-more = What you write is kept here and leaves by itself once a neighbour is reached.
reach-building = On the building's own network
reach-direct = Connected to neighbours directly
reach-relay = Through the community's relay
reach-neighbours = { $count ->
    [one] { $count } neighbour linked
   *[other] { $count } neighbours linked
    }
reach-open = Show connection details
reach-heading = Connection and keeping
reach-linked = Linked now
reach-details = Details
saved-here = All saved on this machine
saved-with = { $count ->
    [one] Saved here and sent to { $count } neighbour
   *[other] Saved here and sent to { $count } neighbours
    }
saved-waiting = { $count } on their way out
detail-records = { $count } records on this machine
detail-settled = The register stands at block { $height }, settled { $when }
detail-nothing-settled = The register has settled nothing yet
detail-here = This window runs the node; it ends when the window closes
detail-elsewhere = Another program runs the node; it stays when the window closes
detail-addresses = Neighbours can reach { $addresses }

## What was just done
done-saved = { $count ->
    [one] Saved, and on its way to { $count } neighbour
   *[other] Saved, and on its way to { $count } neighbours
    }
done-saved-alone = Saved on this machine; it leaves by itself once a neighbour is reached
done-needs-another = Saved; another neighbour must agree
done-copied = Copied: paste it where you like

## Opening and waiting
opening-title = Opening
opening-more = One moment.
stuck-title = This home does not open
stuck-again = Try again
joining-heading = Joining the community
joining-heading-of = Joining { $name }
joining-from = Invited by { $name }
joining-knocking = Find the household that invited you, and knock
joining-waiting = The bell rang; waiting for a neighbour to open
joining-needs-another = One neighbour agreed; another must
joining-receiving = You are in; fetching the estate's record ({ $count } so far)
joining-patience = Keep this window open, and ask your neighbour to keep theirs. A phone call helps: they press "Let in" under "Estate".
joining-refused = This invite does not open the door
joining-refused-more = It may be used, expired or taken back. Ask for a new one; then delete this folder, open the window again and paste it: { $folder }

## Today
greeting-morning = Good morning, { $name }
greeting-noon = Good afternoon, { $name }
greeting-evening = Good evening, { $name }
month-name = { $number ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
    }
date-line = { $weekday }, { $day } { $month }
weekday = { $number ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
    }
when-now = just now
when-minutes = { $count } min ago
when-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
    }
when-yesterday = yesterday { $time }
when-day = { $day } { $month }
when-year = { $day } { $year }
awaiting-heading = Waiting for you
awaiting-newcomer = { $name } is at the door
awaiting-open-door = See who
awaiting-answer = Answer
awaiting-done = Said to be done
awaiting-judge = Judge
newest-talk = Newest talk
newest-story = Newest story

## Notices
notices-heading = Notices
notices-unread = { $count } not yet read
notices-none-title = No notices now
notices-none-more = A new notice will be shown here.
notice-open-name = Open the notice: { $title }
notice-must = Must read
notice-revised = Revised
notice-acknowledge = I have read this
notice-acknowledge-name = I have read this: { $title }
notice-acknowledged = Read
notice-seen = Read by { $seen } of { $total } units
notice-seen-by = { $seen ->
    [one] Read by { $seen } household
   *[other] Read by { $seen } households
    }
notice-days-left = { $count ->
    [0] Ends today
    [one] Ends in { $count } day
   *[other] Ends in { $count } days
    }
notice-disputed = Its publisher changed it on two devices at once; this is one of the versions.
notice-earlier = Earlier versions
notice-post = Post a notice
notice-post-act = Post
notice-revise = Revise this notice
notice-title-hint = Such as: water off on Wednesday, 9 to 12
notice-for = For whom
notice-for-same = As before
notice-for-buildings = Choose buildings
notice-for-stairs = Choose stairs
notice-days = In force for
notice-days-count = { $count ->
    [one] { $count } day
   *[other] { $count } days
    }
notice-days-ever = Always
notice-must-heading = Ask every household to confirm
notice-must-no = No
notice-must-yes = Yes, it must be read
missing-heading = { $count ->
    [one] { $count } unit has not answered
   *[other] { $count } units have not answered
    }
scope-everyone = Everyone
scope-estate = Whole estate
scope-building = Building { $building }
scope-stair = Building { $building }, stair { $stair }
scope-unit = { $unit }
held-here = kept here
held-with = { $count ->
    [one] sent to { $count } neighbour
   *[other] sent to { $count } neighbours
    }
held-settled = settled

## Talk
talk-threads = All threads
talk-new = Start a thread
talk-new-act = Start
talk-about = About
talk-about-hint = Such as: who has a stepladder
talk-first = First words
talk-voices = { $count ->
    [one] { $count } voice
   *[other] { $count } voices
    }
talk-new-since = New since your last visit
talk-hint = Say something; Enter sends
talk-composer-name = Write a message to { $thread }
talk-send = Send
talk-none = Choose a thread to begin
talk-none-more = Or start a new one.
talk-gone = This message was taken back

## Matters
calls-heading = Roll-calls
requests-heading = Requests
request-new = Report something
request-act = Report
request-title = What is it
request-title-hint = Such as: the stair light on floor 3 is out
request-category = What kind
request-place = Where
request-place-hint = Such as: building 2, stair 1, floor 3
request-text = Say more
request-life = What happened
request-remark = Words beside it
request-remark-hint = Such as: the electrician comes on Thursday
category-lift = Lift
category-water = Water
category-power = Power
category-gas = Gas
category-heating = Heating
category-drain = Drains
category-door = Doors
category-light = Lights
category-clean = Cleaning
category-noise = Noise
category-parking = Parking
category-fault = Fault
category-safety = Safety
category-other = Other
stand-open = Nobody yet
stand-taken = Someone sees to it
stand-done = Said to be done
stand-good = Done well
stand-bad = Not done well
step-reported = Reported
step-taken = Taken
step-done = Done
step-good = Judged: good
step-bad = Judged: not good
step-reopened = Opened again
step-comment = Remark
step-given-back = Given back
step-unknown = What happened here has not arrived yet
act-take = I see to it
act-finish = It is done
act-give-back = Someone else must
act-approve = Good
act-reject = Not good
act-reopen = Not mended: open again
act-comment = Only remark
call-open = Answer wanted
call-answered = Answered
call-closed = Closed
call-answer = Answer
call-ours = Your household answered: { $answer }
call-reply = Your household's answer
call-reply-number = A whole number
call-answered-of = { $count } of { $total } units answered
call-answered-by = { $count ->
    [one] { $count } household answered
   *[other] { $count } households answered
    }
call-times = { $count } times
answer-here = Here
answer-yes = Yes
answer-no = No

## Memory
story-new = Write a story
story-edit = Write on
story-act = Keep it
story-text = The story
story-title-hint = Such as: the old osmanthus tree
story-text-hint = Take your time. Neighbours can write on, correct, add pictures; it will be here in twenty years.
story-pictures = { $count } pictures
story-other-titles = Neighbours gave it another title at the same time: { $titles }
story-notes = Words of neighbours
story-add-word = Leave a word beside it
story-add-word-hint = The story itself stays as it is
story-add-word-act = Leave it
note-remark = Remark
note-correction = Correction
note-reply = Reply
picture = Picture
picture-of = Picture: { $caption }
picture-coming = The picture is on its way
picture-not-here = The picture is still with a neighbour; it comes once linked
picture-unreadable = This picture does not open
picture-add = Add a picture
picture-add-hint = Drag it onto the window, or write where it lies
picture-add-act = Add the picture
picture-caption = Words under it

## Estate
newcomers-heading = At the door
newcomer-key = device { $key }
newcomer-check = Call them first, to be sure it is this neighbour; then let them in.
newcomer-needs-another = You agreed; another neighbour must agree too.
newcomer-admit = Let in
newcomer-admit-name = Let in: { $name }
newcomer-refuse = I don't know them
newcomer-refuse-name = I don't know them: { $name }
roll-none = There is no roll yet. Once a registrar brings it in with `linli roll import`, every unit is shown here.
roll-joined = { $joined } of { $units } units have joined
neighbours-heading = Neighbours
neighbours-alone = Only your household is here. Invite the first neighbour.
neighbour-ours = this household
neighbour-devices = { $count } devices
neighbour-linked = linked
neighbour-relay = linked by relay
neighbour-apart = apart
neighbour-confirm = Seat is right
neighbour-confirm-name = Seat is right: { $name }
invites-heading = Invites not used yet
invite-hours = { $count ->
    [one] good for { $count } hour
   *[other] good for { $count } hours
    }
invite-cancel = Take back
invite-cancel-name = Take the invite back: { $unit }
invite-new = Invite a neighbour
invite-role = Whom
invite-as-owner = Owner
invite-as-family = Family
invite-as-tenant = Tenant
invite-as-clerk = Clerk
invite-as-firm = Property firm
invite-as-grid = Grid worker
invite-as-department = Department
invite-as-device = Another device of ours
invite-unit = Which unit
invite-unit-hint = Such as: 3-1203
invite-act = Write the invite
invite-explain = An invite is good for one knock by one newcomer, for three days; nobody comes in until someone opens.
invite-made = The invite for { $unit } is ready. Let them scan it, or send them the text.
invite-code = The invite as a code to scan
invite-copy = Copy the text
invite-then = You will be told here when they knock. Keep this window open.
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

## Two doors
door-title = Linli
door-subtitle = Our estate's own record. Kept in every home; nobody can take it away.
door-join = Join
door-join-more = Paste the invite a neighbour gave you. It takes two minutes: no account, no phone number.
door-join-act = I have an invite
door-found = Found
door-found-more = Begin the record of an estate that has none yet, then invite the neighbours.
door-found-act = Begin
door-moved = A new computer? Write an invite for "another device of ours" on the old one, and join with it here.
door-promise-account = No account, no phone number
door-promise-offline = Works with no network
door-promise-yours = Belongs to all owners
join-invite = Invite
join-invite-hint = Paste the whole text that begins with LINLI1
join-unreadable = This does not read as an invite: paste all of it from LINLI1 on, every letter.
join-from = { $from } invites you to { $name }
join-from-unit = { $from } invites you to { $name }, { $unit }
join-name = What neighbours call your household
join-name-hint = Such as: 3-1203 Zhou; the unit when left out
join-act = Knock
found-explain = Your household is the first: it is registrar and witness until more neighbours share the work.
found-name = The estate's name
found-name-hint = Such as: Osmanthus Lane
found-unit = Your unit
found-unit-hint = As on the roll, such as: 1-302
found-label = What neighbours call your household
found-label-hint = Such as: 1-302 Shen; the unit when left out
found-act = Begin the record

## Elder mode
elder-notices = Read notices
elder-notices-more = { $count ->
    [0] All read
   *[other] { $count } new
    }
elder-help = Ask for help
elder-help-more = A repair, a parcel, a question
elder-talk = Talk
elder-talk-more = { $count ->
    [0] No new messages
   *[other] { $count } new
    }
elder-stories = Read stories
elder-stories-more = { $count ->
    [0] None yet
    [one] { $count } story of the estate
   *[other] { $count } stories of the estate
    }

## Places with nothing in them yet
empty-matters-title = Nothing to settle now
empty-matters-more = Requests and roll-calls are kept here, none forgotten.
empty-memory-title = The estate's stories live here
empty-memory-more = Write the first: the old tree, the old man, the night the power failed. It will be here in twenty years.

## What was not done
kind-input = It can't be written like this
kind-not-found = Not found
kind-ambiguous = The name stands for more than one thing
kind-not-allowed = The community's rules don't let your household do this now
kind-not-joined = Your household has not joined yet
kind-waiting = Somebody else must act first
kind-unreachable = The network did not carry it
kind-disk = The disk refused; nothing was recorded
kind-busy = Another program is using this home
kind-stopped = The node has stopped
kind-newer = This needs a newer Linli
kind-internal = The program made a mistake
fault-busy = Another program is using this home.
hint-busy = Wait for it to end, then try again.
fault-damaged = A file is damaged; it was left as it is.
hint-damaged = Run `linli repair`, or restore a backup.
fault-disk = The disk refused; nothing was recorded.
hint-disk = See whether it has room, then try again; your words are still here.
fault-stopped = The node has stopped.
hint-stopped = Press "Try again" to open it.
fault-no-answer = The node does not answer.
hint-no-answer = Wait a little, or open the window again.
fault-invite = The invite does not read.
hint-invite = Paste the whole text that begins with LINLI1.
fault-invite-expired = The invite has expired.
hint-invite-expired = Ask for a new one.
fault-too-many-invites = There are too many unused invites.
hint-too-many-invites = Take some back under "Estate" first.
fault-unit = That unit is not on the roll.
hint-unit = Write it as the roll does, such as 3-1203.
fault-unit-missing = Say which unit it is.
hint-unit-missing = Write it as the roll does, such as 3-1203.
fault-label = That name is too long.
fault-home-exists = There is a home here already.
fault-unreadable-file = The file does not open.
fault-attachment-size = The picture is too large: 64 MiB at most.
fault-empty = A story has a title or a text.
fault-not-editable = This story was withdrawn, or its text has not arrived yet.
fault-answer = That is not an answer to this roll-call.
fault-base-missing = Others wrote on this story too, and this window does not know what you had read. Copy your words, open the story again, and add them.
fault-base-unknown = What you had read of this story is not held here any more. Copy your words, open the story again, and add them.
fault-not-a-clerk = Only a registrar, a clerk or whoever opened the roll-call enters what others told.
fault-no-office = This is not among what your household or office may do here.
fault-not-an-editor = The story names others who write on it. A word beside it is open to you.
fault-idle-step = This step would change nothing where the request stands now.
hint-idle-step = Somebody may just have taken it; look at what happened again.
fault-not-joined = Your household has not joined yet.
hint-not-joined = Wait for a neighbour to open.
warning-restored-home = Neighbours hold records this machine had lost: this home was restored or copied. Nothing is lost; it goes on in a new log.
warning-copied-home = Another copy of this home uses the same key. Stop one of them; invite "another device of ours" instead.
warning-port-taken = Another program uses this home's port: it listens on another one until it starts again.
warning-two-blocks = Two certified blocks exist at one height: somebody used the register's key twice. Speak with your neighbours before trusting new decisions.
warning-witness-behind = This home orders the register, and its store was put back from a backup: it lacks a block this home signed. It orders again when a neighbour has brought it; if nobody can: `linli witness resume`.
warning-witness-paused = This home orders the register and was copied or moved: ordering is paused. When no other copy runs: `linli witness resume`.
warning-disk-failed = The disk takes no writes: nothing new is saved or acknowledged until it does. What was saved is safe; make room, or check the disk.
warning-clock = The register's time and this machine's clock differ by too much: one of them is wrong. Compare both with a watch.
warning-needs-newer = Parts of what neighbours wrote need a newer Linli: they are kept and passed on, and not judged here.
warning-invite-refused = The invite was refused: it is used, expired or cancelled. Ask for a new one.
warning-witness-missing = This home's folder lacks the register's key (witness.key): it can't order. The home that has the key goes on.
warning-turned-away = Neighbours turn this machine away: most likely it was revoked. Nothing new arrives here; ask your household's other device, or a registrar.
