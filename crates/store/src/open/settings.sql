pragma journal_mode = wal;
-- NORMAL loses acknowledged saves when the power fails.
pragma synchronous = full;
-- Nothing decrypted reaches a temporary file.
pragma temp_store = memory;
pragma mmap_size = 0;
pragma foreign_keys = on;
pragma trusted_schema = off;
pragma cell_size_check = on;
-- Scans of an encrypted file are dear: keep 16 MB of pages.
pragma cache_size = -16000;
pragma journal_size_limit = 16777216;
