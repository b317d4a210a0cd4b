-- Rows of schema 3, one at least in every table. Never changed once schema 3 is released.
insert into logs (id, log, partition, device, opening, certificate, ownership, seq, head, hlc)
values (1, zeroblob(16), '050401', zeroblob(16), x'84', x'', 1, 1, zeroblob(32), 65536);
insert into entries (arrival, log, seq, hash, kind, standing, reason, received_at, signature, header, payload)
values (7, 1, 1, zeroblob(32), 1, 0, '', 1790000000000, zeroblob(64), x'88', x'80');
insert into forks (id, log, seq, ours, theirs, found_at) values (1, 1, 1, zeroblob(32), zeroblob(32), 1790000000000);
insert into fork_entries (fork, seq, signature, header, payload) values (1, 1, null, x'88', x'80');
insert into acknowledgements (peer, log, tier, seq, head) values (zeroblob(16), 1, 2, 1, zeroblob(16));
insert into changes (entry, position, record, hash, standing, reason)
values (7, 0, zeroblob(16), zeroblob(32), 2, 'checksum');
insert into pending (record) values (zeroblob(16));
insert into documents (record, bytes) values (zeroblob(16), x'00');
insert into records (
    id, record, in_log, kind, district, form, form_version, project, state, deleted, title, changed_at, author, log,
    conflicts, heads
)
values (
    1, zeroblob(16), 1, 'form', '050401', 'visita', zeroblob(32), 'NR-050401-01', 'final', 0, 'Chuschi',
    1790000000000, zeroblob(16), zeroblob(16), 1, zeroblob(32)
);
insert into search (rowid, title, body) values (1, 'Chuschi', 'Julia Huarcaya');
insert into sittings (id, record, person, opened_at, touched_at, page)
values (1, zeroblob(16), zeroblob(16), 1790000000000, 1790000000000, 2);
insert into journal (sitting, sequence, step, key, scalar, previous, at, page)
values (1, 1, 1, 'q/nombre', x'0101', null, 1790000000000, 2);
insert into forms (form, version, title, source, published, current) values ('visita', zeroblob(32), 'Visita', x'80', 1, 1);
insert into catalogues (name, hash, published, bytes) values ('proyectos.csv', zeroblob(32), 1, x'6e');
insert into roster (hash, position, bytes) values (zeroblob(32), 1, x'80');
insert into settings (key, published, value) values ('programme', 1, x'7b7d');
insert into media (hash, length, media_type, key, added_at)
values (zeroblob(32), 3, 'image/jpeg', zeroblob(32), 1790000000000);
insert into events (at, code, parameters) values (1790000000000, 'sync_ended', '{}');
insert into attachments (name, hash, length, published) values ('mapa.png', zeroblob(32), 1, 1);
insert into attachment_pieces (id, hash, start, bytes) values (1, zeroblob(32), 0, x'00');
insert into sitting_notes (sitting, sequence, at, note) values (1, 2, 1790000000000, 'shown 2');
