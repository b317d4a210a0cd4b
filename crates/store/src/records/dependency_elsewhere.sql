select 1
from changes
join entries on entries.arrival = changes.entry
join logs on logs.id = entries.log
where changes.hash = ?1 and logs.partition <> ?2
