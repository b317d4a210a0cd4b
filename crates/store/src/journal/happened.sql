select sequence, at, step, key, scalar, '' as note from journal where sitting = ?1
union all
select sequence, at, null, '', x'', note from sitting_notes where sitting = ?1
order by sequence
