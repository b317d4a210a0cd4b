insert into logs (log, partition, device, opening, certificate, ownership, seq, head, hlc)
values (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)
on conflict (log) do update set
    certificate = case when length(excluded.certificate) > 0 then excluded.certificate else certificate end,
    -- A log that is ours stays ours, and a closed one closed, whoever tells us of it again.
    ownership = max(ownership, excluded.ownership)
