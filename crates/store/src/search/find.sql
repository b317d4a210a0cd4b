select records.record
from search
join records on records.id = search.rowid
where search match ?1 and records.deleted = 0
order by bm25(search, 8.0, 1.0), records.changed_at desc
limit ?2
