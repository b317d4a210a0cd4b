-- Files that forms show or play, by name; the one published last stands.
create table attachments (
    name           text    not null primary key,
    hash           blob    not null check (length(hash) = 32),
    length         integer not null check (length >= 0),
    published      integer not null
) strict;

-- What came of their bytes so far: pieces of a file, by the hash of the whole and where each begins.
create table attachment_pieces (
    id             integer primary key,
    hash           blob    not null check (length(hash) = 32),
    start          integer not null check (start >= 0),
    bytes          blob    not null,
    unique (hash, start)
) strict;
