-- One file for a device and for a hub. Ids and hashes are blobs, moments are UTC milliseconds, enums are small integers
-- whose meaning stands beside them.

------------------------------------------------------------------------------------------------------------ the log

create table logs (
    id             integer primary key,
    log            blob    not null unique check (length(log) = 16),
    partition      text    not null,
    device         blob    not null check (length(device) = 16),
    opening        blob    not null,
    -- The device's certificate as last received; empty when it is not known.
    certificate    blob    not null,
    -- 0 of another device, 1 ours and written, 2 ours and closed: a restore or a clone went on from it.
    ownership      integer not null check (ownership in (0, 1, 2)),
    -- Where the log stands: sequence, hash and clock of its last entry; of its opening while it has none.
    seq            integer not null check (seq >= 0),
    head           blob    not null check (length(head) = 32),
    -- The 64 bits of a hybrid clock reading.
    hlc            integer not null
) strict;

create index logs_of_partition on logs (partition);
create unique index written_log_of_partition on logs (partition) where ownership = 1;

create table entries (
    -- Order of arrival: any prefix of it is causally closed. Never used twice.
    arrival        integer primary key autoincrement,
    log            integer not null references logs (id),
    seq            integer not null check (seq > 0),
    hash           blob    not null check (length(hash) = 32),
    kind           integer not null,
    -- 0 taken, 1 of a kind this version does not know, 2 quarantined.
    standing       integer not null check (standing between 0 and 2),
    -- Why it is quarantined: a code.
    reason         text    not null default '',
    received_at    integer not null,
    -- Known at the end of each run that came; always, in our own logs.
    signature      blob    check (signature is null or length(signature) = 64),
    -- The header's bytes as hashed and signed.
    header         blob    not null,
    -- The payload's bytes as written.
    payload        blob    not null,
    unique (log, seq)
) strict;

create index entries_not_taken on entries (standing) where standing <> 0;

-- Two branches of one log: proof against its device.
create table forks (
    id             integer primary key,
    log            integer not null references logs (id),
    seq            integer not null,
    ours           blob    not null check (length(ours) = 32),
    theirs         blob    not null check (length(theirs) = 32),
    found_at       integer not null,
    unique (log, theirs)
) strict;

create table fork_entries (
    fork           integer not null references forks (id) on delete cascade,
    seq            integer not null,
    signature      blob    check (signature is null or length(signature) = 64),
    header         blob    not null,
    payload        blob    not null,
    primary key (fork, seq)
) strict, without rowid;

-- How far each peer said it holds each log durably.
create table acknowledgements (
    peer           blob    not null check (length(peer) = 16),
    log            integer not null references logs (id),
    -- 1 the office, 2 the centre.
    tier           integer not null check (tier in (1, 2)),
    seq            integer not null check (seq > 0),
    head           blob    not null check (length(head) = 16),
    primary key (peer, log)
) strict, without rowid;

create index acknowledgements_of_log on acknowledgements (log, tier, seq);

-------------------------------------------------------------------------------------------- records: caches of the log

-- Which entry changes which record, and what became of the change.
create table changes (
    entry          integer not null references entries (arrival),
    position       integer not null,
    record         blob    not null check (length(record) = 16),
    hash           blob    not null check (length(hash) = 32),
    -- 0 applied, 1 waiting, 2 refused.
    standing       integer not null check (standing between 0 and 2),
    reason         text    not null default '',
    primary key (entry, position)
) strict, without rowid;

create index changes_of_record on changes (record, standing);
create index changes_by_hash on changes (hash);

-- Records that have changes to try.
create table pending (
    record         blob    not null primary key check (length(record) = 16)
) strict, without rowid;

create table documents (
    record         blob    not null primary key check (length(record) = 16),
    bytes          blob    not null
) strict;

-- What a list of records shows. A draft that is only in the journal has a row too.
create table records (
    id             integer primary key,
    record         blob    not null unique check (length(record) = 16),
    in_log         integer not null check (in_log in (0, 1)),
    kind           text    not null,
    district       text    not null,
    form           text    not null,
    -- Empty when the record names none.
    form_version   blob    not null,
    project        text    not null,
    state          text    not null,
    deleted        integer not null check (deleted in (0, 1)),
    title          text    not null,
    changed_at     integer not null,
    author         blob    check (author is null or length(author) = 16),
    log            blob    check (log is null or length(log) = 16),
    conflicts      integer not null,
    -- The document's heads, 32 bytes each.
    heads          blob    not null
) strict;

create index records_by_project on records (project, changed_at);
create index records_by_state on records (state, changed_at);
create index records_by_change on records (changed_at);
create index records_in_conflict on records (conflicts) where conflicts > 0;

-- The rowid is `records.id`. Accents and case are put aside.
create virtual table search using fts5 (
    title, body,
    tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);

--------------------------------------------------------------------------------------------------------- the journal

create table sittings (
    id             integer primary key,
    record         blob    not null check (length(record) = 16),
    person         blob    not null check (length(person) = 16),
    opened_at      integer not null,
    touched_at     integer not null,
    page           integer not null check (page >= 0),
    unique (record, person)
) strict;

-- Clustered by sitting, so that an answer writes one page.
create table journal (
    sitting        integer not null references sittings (id) on delete cascade,
    sequence       integer not null,
    -- The sequence of the first write of the same step: one act of a person, undone as one.
    step           integer not null,
    key            text    not null,
    -- Versioned bytes.
    scalar         blob    not null,
    -- What the key held before, for undoing; null when it held nothing.
    previous       blob,
    at             integer not null,
    page           integer not null check (page >= 0),
    primary key (sitting, sequence)
) strict, without rowid;

-------------------------------------------------------------------------------------------- what the centre published

create table forms (
    form           text    not null,
    version        blob    not null check (length(version) = 32),
    title          text    not null,
    source         blob    not null,
    -- The hybrid clock of the entry that published it: the latest is current.
    published      integer not null,
    current        integer not null check (current in (0, 1)),
    primary key (form, version)
) strict;

create unique index current_form on forms (form) where current = 1;

create table catalogues (
    name           text    not null primary key,
    hash           blob    not null check (length(hash) = 32),
    published      integer not null,
    bytes          blob    not null
) strict;

create table roster (
    hash           blob    not null primary key check (length(hash) = 32),
    position       integer not null unique,
    bytes          blob    not null
) strict;

------------------------------------------------------------------------------------------------------- of this device

create table settings (
    key            text    not null primary key,
    -- The clock of the entry that published it; 0 when this device set it.
    published      integer not null,
    value          blob    not null
) strict;

create table media (
    hash           blob    not null primary key check (length(hash) = 32),
    length         integer not null check (length >= 0),
    media_type     text    not null,
    key            blob    not null check (length(key) = 32),
    added_at       integer not null
) strict;

-- What happened lately, for a person to read: code and parameters, never answers.
create table events (
    id             integer primary key autoincrement,
    at             integer not null,
    code           text    not null,
    parameters     text    not null
) strict;
