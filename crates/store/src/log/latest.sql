select entries.header, entries.hash, entries.standing, entries.reason, entries.received_at, logs.device
from entries
join logs on logs.id = entries.log
where logs.partition = ?1
order by entries.arrival desc
limit ?2
