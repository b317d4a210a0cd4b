insert into records (
    record, in_log, kind, district, form, form_version, project, state, deleted, title, changed_at, author, log,
    conflicts, heads
)
values (?1, 0, ?2, ?3, ?4, ?5, ?6, 'draft', 0, ?7, ?8, ?9, null, 0, x'')
on conflict (record) do nothing
returning id
