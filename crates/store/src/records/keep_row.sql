insert into records (
    record, in_log, kind, district, form, form_version, project, state, deleted, title, changed_at, author, log,
    conflicts, heads
)
values (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
on conflict (record) do update set
    in_log = 1,
    kind = excluded.kind,
    district = excluded.district,
    form = excluded.form,
    form_version = excluded.form_version,
    project = excluded.project,
    state = excluded.state,
    deleted = excluded.deleted,
    title = excluded.title,
    changed_at = excluded.changed_at,
    author = excluded.author,
    log = excluded.log,
    conflicts = excluded.conflicts,
    heads = excluded.heads
returning id
