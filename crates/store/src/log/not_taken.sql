select entries.header, entries.hash, entries.standing, entries.reason, entries.received_at, logs.device
from entries
join logs on logs.id = entries.log
where entries.standing <> 0
order by entries.arrival
