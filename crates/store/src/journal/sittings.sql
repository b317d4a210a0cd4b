-- An answer touches its sitting by being there: the hot path writes one page.
with latest as (
    select sitting, max(sequence) as sequence, count(*) as writes
    from journal
    group by sitting
)
select
    sittings.id,
    sittings.record,
    sittings.person,
    sittings.opened_at,
    max(sittings.touched_at, coalesce(journal.at, 0)) as touched_at,
    case when journal.at >= sittings.touched_at then journal.page else sittings.page end as page,
    coalesce(latest.writes, 0) as writes
from sittings
left join latest on latest.sitting = sittings.id
left join journal on journal.sitting = latest.sitting and journal.sequence = latest.sequence
order by touched_at, sittings.id
