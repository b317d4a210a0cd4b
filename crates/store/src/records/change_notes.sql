select
    changes.hash as change, changes.standing as outcome, changes.reason as change_reason,
    entries.header, entries.hash, entries.standing, entries.reason, entries.received_at, logs.device,
    (
        select coalesce(max(acknowledgements.tier), 0)
        from acknowledgements
        where acknowledgements.log = entries.log and acknowledgements.seq >= entries.seq
    ) as tier
from changes
join entries on entries.arrival = changes.entry
join logs on logs.id = entries.log
where changes.record = ?1
order by changes.entry, changes.position
