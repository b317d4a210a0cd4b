with reached as (
    select log, max(seq) as seq
    from acknowledgements
    group by log
),
ours as (
    select logs.id, logs.seq, coalesce(reached.seq, 0) as reached
    from logs
    left join reached on reached.log = logs.id
    where logs.ownership <> 0
)
select
    (select coalesce(sum(max(ours.seq - ours.reached, 0)), 0) from ours) as entries,
    (
        select count(*) from (
            -- The joins stand in the order to be walked: few logs, then only what is beyond.
            select changes.record
            from ours
            cross join entries on entries.log = ours.id and entries.seq > ours.reached
            cross join changes on changes.entry = entries.arrival
            union
            select sittings.record from sittings where exists (
                select 1 from journal where journal.sitting = sittings.id
            )
        )
    ) as records
