insert into entries (log, seq, hash, kind, standing, reason, received_at, signature, header, payload)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
