-- Has Postgres keep its write-ahead log, encrypted, in /archive, so that it can go back to any second since a base backup.
-- docs/restoring.md says how it begins, and how it goes back.
alter system set archive_mode = on;
alter system set archive_command = 'sh /usr/local/bin/wal keep %p %f';
-- At the most so much is lost of a quiet minute.
alter system set archive_timeout = '60s';
