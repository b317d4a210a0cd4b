-- ?1 project, ?2 form, ?3 districts as JSON, ?4 state, ?5 person, ?6 further condition, ?7 limit, ?8 one record whatever its state
with open as (
    select
        sittings.record,
        sittings.person,
        max(sittings.touched_at, coalesce(max(journal.at), 0)) as touched_at,
        count(journal.sequence) as writes
    from sittings
    left join journal on journal.sitting = sittings.id
    group by sittings.id
),
edits as (
    select record, max(touched_at) as touched_at, sum(writes) > 0 as unsaved
    from open
    group by record
),
listed as (
    select
        records.*,
        case when edits.unsaved then max(edits.touched_at, records.changed_at) else records.changed_at end as shown_at,
        coalesce(edits.unsaved, 0) as unsaved
    from records
    left join edits on edits.record = records.record
    where (?8 is null or records.record = ?8)
        and (?1 is null or records.project = ?1)
        and (?2 is null or records.form = ?2)
        and (?3 is null or records.district in (select value from json_each(?3)))
        and (?4 is null or records.state = ?4)
        and (
            ?5 is null or records.author = ?5
            or exists (select 1 from open where open.record = records.record and open.person = ?5)
        )
        and (
            ?8 is not null
            or case ?6
                when 0 then records.deleted = 0
                when 1 then records.deleted = 0 and records.conflicts > 0
                when 2 then coalesce(edits.unsaved, 0)
                else records.deleted = 1
            end
        )
    order by shown_at desc, records.id desc
    limit ?7
)
select
    listed.record, listed.in_log, listed.kind, listed.district, listed.form, listed.form_version, listed.project,
    listed.state, listed.deleted, listed.title, listed.shown_at as changed_at, listed.author, listed.log,
    listed.conflicts, listed.heads, listed.unsaved,
    -- The least, over the record's changes, of the highest tier that holds each.
    case when listed.unsaved then 0 else coalesce((
        select min((
            select coalesce(max(acknowledgements.tier), 0)
            from acknowledgements
            where acknowledgements.log = entries.log and acknowledgements.seq >= entries.seq
        ))
        from changes
        join entries on entries.arrival = changes.entry
        where changes.record = listed.record
    ), 0) end as tier
from listed
order by listed.shown_at desc, listed.id desc
