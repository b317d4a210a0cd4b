select entries.header, entries.hash, entries.standing, entries.reason, entries.received_at, logs.device
from changes
join entries on entries.arrival = changes.entry
join logs on logs.id = entries.log
where changes.hash = ?1 and changes.record = ?2
order by entries.arrival
limit 1
