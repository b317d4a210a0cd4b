-- What happened in a sitting besides answers, for forms that ask for a log of how they are filled in. Numbered together with
-- the journal, so that both can be read in the order in which they happened. What a note says is the device's.
create table sitting_notes (
    sitting        integer not null references sittings (id) on delete cascade,
    sequence       integer not null,
    at             integer not null,
    note           text    not null,
    primary key (sitting, sequence)
) strict, without rowid;
