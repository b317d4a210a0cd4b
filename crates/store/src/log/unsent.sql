with reached as (
    select log, max(seq) as seq
    from acknowledgements
    group by log
),
waiting as (
    select entries.arrival
    from logs
    left join reached on reached.log = logs.id
    join entries on entries.log = logs.id and entries.seq > coalesce(reached.seq, 0)
    where logs.ownership <> 0
)
select
    (select count(*) from waiting) as entries,
    (
        select count(*) from (
            select changes.record from waiting join changes on changes.entry = waiting.arrival
            union
            select sittings.record from sittings where exists (
                select 1 from journal where journal.sitting = sittings.id
            )
        )
    ) as records
