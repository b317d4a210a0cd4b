-- The least, over the record's changes, of the highest tier that holds each: 0 this device, 1 the office, 2 the centre.
select case
    when exists (
        select 1 from sittings join journal on journal.sitting = sittings.id where sittings.record = ?1
    ) then 0
    else coalesce(min((
        select coalesce(max(acknowledgements.tier), 0)
        from acknowledgements
        where acknowledgements.log = entries.log and acknowledgements.seq >= entries.seq
    )), 0)
end
from changes
join entries on entries.arrival = changes.entry
where changes.record = ?1
