delete from changes;
delete from pending;
delete from documents;
delete from search where rowid in (select id from records where in_log = 1);
delete from records where in_log = 1;
