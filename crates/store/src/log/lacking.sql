select entries.arrival
from json_each(?1) as lacking
join entries
    on entries.log = json_extract(lacking.value, '$[0]')
    and entries.seq > json_extract(lacking.value, '$[1]')
order by entries.arrival
