insert into fork_entries (fork, seq, signature, header, payload) values (?1, ?2, ?3, ?4, ?5)
on conflict (fork, seq) do update set signature = coalesce(signature, excluded.signature)
