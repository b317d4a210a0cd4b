insert into changes (entry, position, record, hash, standing, reason) values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (entry, position) do nothing
