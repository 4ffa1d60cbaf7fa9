-- Has Postgres keep its write-ahead log in /archive, so that it can go back to any second since a base backup:
--   docker compose -f docker-compose.yml -f docker/compose.archive.yml up -d postgres
--   docker compose exec -T postgres psql -U landfast -f - < docker/postgres/archive.sql && docker compose restart postgres
-- docs/restoring.md says how it goes back. A second copy under the same name is refused, and a half one never has its name.
alter system set archive_mode = on;
alter system set archive_command = 'test ! -f /archive/%f && cp %p /archive/%f.part && sync /archive/%f.part && mv /archive/%f.part /archive/%f';
-- At the most so much is lost of a quiet minute.
alter system set archive_timeout = '60s';
