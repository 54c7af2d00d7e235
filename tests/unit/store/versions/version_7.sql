BEGIN;
PRAGMA user_version = 7;
CREATE TABLE tasks (
            number INTEGER PRIMARY KEY,
            task_id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            status TEXT NOT NULL,
            run INTEGER NOT NULL,
            expires_at TEXT NOT NULL,
            pinned INTEGER NOT NULL,
            state BLOB NOT NULL
        , trash_cause TEXT, trash_seen REAL, in_trash INTEGER AS (trash_cause IS NOT NULL), submission_key TEXT, submission_fingerprint TEXT);
INSERT INTO tasks (number, task_id, kind, status, run, expires_at, pinned, state, trash_cause, trash_seen, submission_key, submission_fingerprint) VALUES (1, '01J00000000000000000000001', 'documents', 'failed', 2, '2026-03-31T12:30:15.123456+00:00', 0,
  CAST('{"task_id":"01J00000000000000000000001","title":"Task 1","request":{"kind":"","goal":"","inputs":[],"options":{},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null},"status":"failed","created_at":"2026-03-01T12:30:15.123456Z","expires_at":"2026-03-31T12:30:15.123456Z","run":2,"builds_on":[],"started_at":"2026-03-01T12:34:15.123456Z","finished_at":"2026-03-01T12:34:15.123456Z","pinned":false,"model":null,"planned_seconds":0.0,"progress":{"fraction":0.0,"steps":[],"tokens":0,"tokens_per_second":0.0,"activity":"","quiet_seconds":0.0,"stalled_seconds":0.0},"estimate":null,"position":null,"draft":"","result":null,"failure":{"type":"CannotComplete","message":"The file is encrypted.","hint":"Remove the password."},"hold":"","trashed":null}' AS BLOB), NULL, NULL, NULL, NULL);
INSERT INTO tasks (number, task_id, kind, status, run, expires_at, pinned, state, trash_cause, trash_seen, submission_key, submission_fingerprint) VALUES (2, '01J00000000000000000000002', 'research', 'paused', 1, '2026-03-31T12:30:15.123456+00:00', 1,
  CAST('{"task_id":"01J00000000000000000000002","title":"Task 2","request":{"kind":"","goal":"","inputs":[],"options":{},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null},"status":"paused","created_at":"2026-03-01T12:30:15.123456Z","expires_at":"2026-03-31T12:30:15.123456Z","run":1,"builds_on":[],"started_at":null,"finished_at":null,"pinned":true,"model":null,"planned_seconds":0.0,"progress":{"fraction":0.0,"steps":[],"tokens":0,"tokens_per_second":0.0,"activity":"","quiet_seconds":0.0,"stalled_seconds":0.0},"estimate":{"seconds":60.5,"low":30.0,"high":90.0},"position":null,"draft":"So far: nothing.","result":null,"failure":null,"hold":"","trashed":null}' AS BLOB), NULL, NULL, NULL, NULL);
INSERT INTO tasks (number, task_id, kind, status, run, expires_at, pinned, state, trash_cause, trash_seen, submission_key, submission_fingerprint) VALUES (3, '01J00000000000000000000003', 'documents', 'cancelled', 1, '2026-03-31T12:30:15.123456+00:00', 0,
  CAST('{"task_id":"01J00000000000000000000003","title":"Task 3","request":{"kind":"","goal":"","inputs":[],"options":{},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null},"status":"cancelled","created_at":"2026-03-01T12:30:15.123456Z","expires_at":"2026-03-31T12:30:15.123456Z","run":1,"builds_on":[],"started_at":null,"finished_at":"2026-03-01T12:34:15.123456Z","pinned":false,"model":null,"planned_seconds":0.0,"progress":{"fraction":0.0,"steps":[],"tokens":0,"tokens_per_second":0.0,"activity":"","quiet_seconds":0.0,"stalled_seconds":0.0},"estimate":null,"position":null,"draft":"","result":null,"failure":null,"hold":"","trashed":null}' AS BLOB), NULL, NULL, NULL, NULL);
INSERT INTO tasks (number, task_id, kind, status, run, expires_at, pinned, state, trash_cause, trash_seen, submission_key, submission_fingerprint) VALUES (4, '01J00000000000000000000004', 'documents', 'queued', 1, '2026-03-31T12:30:15.123456+00:00', 0,
  CAST('{"task_id":"01J00000000000000000000004","title":"Task 4","request":{"kind":"","goal":"","inputs":[],"options":{},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null},"status":"queued","created_at":"2026-03-01T12:30:15.123456Z","expires_at":"2026-03-31T12:30:15.123456Z","run":1,"builds_on":[],"started_at":null,"finished_at":null,"pinned":false,"model":null,"planned_seconds":0.0,"progress":{"fraction":0.0,"steps":[],"tokens":0,"tokens_per_second":0.0,"activity":"","quiet_seconds":0.0,"stalled_seconds":0.0},"estimate":null,"position":1,"draft":"","result":null,"failure":null,"hold":"","trashed":null}' AS BLOB), NULL, NULL, NULL, NULL);
INSERT INTO tasks (number, task_id, kind, status, run, expires_at, pinned, state, trash_cause, trash_seen, submission_key, submission_fingerprint) VALUES (5, '01J00000000000000000000005', 'documents', 'completed', 1, '2026-03-31T12:30:15.123456+00:00', 0,
  CAST('{"task_id":"01J00000000000000000000005","title":"Task 5","request":{"kind":"","goal":"","inputs":[],"options":{},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null},"status":"completed","created_at":"2026-03-01T12:30:15.123456Z","expires_at":"2026-03-31T12:30:15.123456Z","run":1,"builds_on":[],"started_at":"2026-03-01T12:30:15.123456Z","finished_at":"2026-03-01T12:34:15.123456Z","pinned":false,"model":"small","planned_seconds":9.25,"progress":{"fraction":1.0,"steps":[{"name":"read","title":"Read the files","work":{"prompt_tokens":1200.0,"output_tokens":300.5,"seconds":2.0},"total":2,"unit":"pages","status":"done","done":2,"seconds":8.5,"reused":0}],"tokens":301,"tokens_per_second":0.0,"activity":"","quiet_seconds":0.0,"stalled_seconds":0.0},"estimate":null,"position":null,"draft":"","result":{"summary":"- Only **Zürich** gives a warranty.\n- It “ends” after 24 months; that''s all.","verification":{"verdict":"partly","checks":[{"name":"quotations","passed":3,"total":4}],"note":"One was not found."},"artifacts":[{"name":"report.md","media_type":"text/markdown","size":812,"sha256":"abababababababababababababababababababababababababababababababab"},{"name":"evidence.json","media_type":"application/json","size":2048,"sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}]},"failure":null,"hold":"","trashed":null}' AS BLOB), NULL, NULL, NULL, NULL);
CREATE TABLE requests (
            task INTEGER PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
            body BLOB NOT NULL
        );
INSERT INTO requests (task, body) VALUES (1,
  CAST('{"kind":"documents","goal":"Compare the tenders\nand name the cheapest","inputs":[{"path":null,"name":"note","text":"text"}],"options":{"mode":"answer"},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null}' AS BLOB));
INSERT INTO requests (task, body) VALUES (2,
  CAST('{"kind":"research","goal":"Compare the tenders","inputs":[{"path":null,"name":"note","text":"text"}],"options":{"mode":"answer"},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null}' AS BLOB));
INSERT INTO requests (task, body) VALUES (3,
  CAST('{"kind":"documents","goal":"Compare the tenders","inputs":[{"path":null,"name":"note","text":"text"}],"options":{"mode":"answer"},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null}' AS BLOB));
INSERT INTO requests (task, body) VALUES (4,
  CAST('{"kind":"documents","goal":"Compare the tenders","inputs":[{"path":null,"name":"note","text":"text"}],"options":{"mode":"answer"},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null}' AS BLOB));
INSERT INTO requests (task, body) VALUES (5,
  CAST('{"kind":"documents","goal":"Which offer has a warranty?","inputs":[{"path":null,"name":"note","text":"text"}],"options":{"mode":"answer"},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null}' AS BLOB));
CREATE TABLE events (
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            number INTEGER NOT NULL,
            type TEXT NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (task, number)
        ) WITHOUT ROWID;
INSERT INTO events (task, number, type, body) VALUES (1, 1, 'TaskSubmitted',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 2, 'TaskStarted',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 3, 'PlanMade',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1,"steps":[{"name":"read","title":"Read the files","work":{"prompt_tokens":1200.0,"output_tokens":300.5,"seconds":2.0},"total":2,"unit":"pages"}]}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 4, 'StepStarted',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1,"step":"read"}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 5, 'AttemptFailed',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1,"step":"read","attempt":1,"reason":"It hung.","retry_in":1.0}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 6, 'ItemFinished',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1,"step":"read","done":1,"total":2}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 7, 'Interrupted',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1,"reason":"Legwork ended."}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 8, 'StepFinished',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1,"step":"read","seconds":8.5}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 9, 'TaskCompleted',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":1,"verdict":"partly"}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 10, 'TaskRetried',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":2,"from_step":null}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (1, 11, 'TaskFailed',
  CAST('{"task_id":"01J00000000000000000000001","at":"2026-03-01T12:30:15.123456Z","run":2,"failure":{"type":"CannotComplete","message":"The file is encrypted.","hint":"Remove the password."}}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (2, 1, 'TaskSubmitted',
  CAST('{"task_id":"01J00000000000000000000002","at":"2026-03-01T12:30:15.123456Z","run":1}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (2, 2, 'TaskPaused',
  CAST('{"task_id":"01J00000000000000000000002","at":"2026-03-01T12:30:15.123456Z","run":1,"reason":""}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (2, 3, 'TaskResumed',
  CAST('{"task_id":"01J00000000000000000000002","at":"2026-03-01T12:30:15.123456Z","run":1,"reason":""}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (2, 4, 'TaskPaused',
  CAST('{"task_id":"01J00000000000000000000002","at":"2026-03-01T12:30:15.123456Z","run":1,"reason":""}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (3, 1, 'TaskSubmitted',
  CAST('{"task_id":"01J00000000000000000000003","at":"2026-03-01T12:30:15.123456Z","run":1}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (3, 2, 'TaskCancelled',
  CAST('{"task_id":"01J00000000000000000000003","at":"2026-03-01T12:30:15.123456Z","run":1}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (4, 1, 'TaskSubmitted',
  CAST('{"task_id":"01J00000000000000000000004","at":"2026-03-01T12:30:15.123456Z","run":1}' AS BLOB));
INSERT INTO events (task, number, type, body) VALUES (5, 1, 'TaskSubmitted',
  CAST('{"task_id":"01J00000000000000000000005","at":"2026-03-01T12:30:15.123456Z","run":1}' AS BLOB));
CREATE TABLE journal (
            number INTEGER PRIMARY KEY,
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            run INTEGER NOT NULL,
            step TEXT NOT NULL,
            item TEXT NOT NULL,
            inputs_hash TEXT NOT NULL,
            result BLOB NOT NULL,
            seconds REAL NOT NULL,
            UNIQUE (task, run, step, item)
        );
INSERT INTO journal (number, task, run, step, item, inputs_hash, result, seconds) VALUES (1, 1, 1, 'read', '0', 'ab',
  CAST('{"pages":[1,2]}' AS BLOB), 0.25);
INSERT INTO journal (number, task, run, step, item, inputs_hash, result, seconds) VALUES (2, 1, 1, 'read', '1', 'ab',
  CAST('[1]' AS BLOB), 0.25);
INSERT INTO journal (number, task, run, step, item, inputs_hash, result, seconds) VALUES (3, 1, 2, 'read', '0', 'ab',
  CAST('null' AS BLOB), 0.25);
CREATE TABLE past_runs (
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            run INTEGER NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (task, run)
        ) WITHOUT ROWID;
INSERT INTO past_runs (task, run, state) VALUES (1, 1,
  CAST('{"task_id":"01J00000000000000000000001","title":"Task 1","request":{"kind":"","goal":"","inputs":[],"options":{},"model":null,"priority":5,"keep_days":30,"title":null,"memo":{},"webhook":null},"status":"completed","created_at":"2026-03-01T12:30:15.123456Z","expires_at":"2026-03-31T12:30:15.123456Z","run":1,"builds_on":[],"started_at":"2026-03-01T12:30:15.123456Z","finished_at":"2026-03-01T12:34:15.123456Z","pinned":false,"model":"small","planned_seconds":9.25,"progress":{"fraction":1.0,"steps":[{"name":"read","title":"Read the files","work":{"prompt_tokens":1200.0,"output_tokens":300.5,"seconds":2.0},"total":2,"unit":"pages","status":"done","done":2,"seconds":8.5,"reused":0}],"tokens":301,"tokens_per_second":0.0,"activity":"","quiet_seconds":0.0,"stalled_seconds":0.0},"estimate":null,"position":null,"draft":"","result":{"summary":"- Only **Zürich** gives a warranty.\n- It “ends” after 24 months; that''s all.","verification":{"verdict":"partly","checks":[{"name":"quotations","passed":3,"total":4}],"note":"One was not found."},"artifacts":[{"name":"report.md","media_type":"text/markdown","size":812,"sha256":"abababababababababababababababababababababababababababababababab"},{"name":"evidence.json","media_type":"application/json","size":2048,"sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}]},"failure":null,"hold":"","trashed":null}' AS BLOB));
CREATE TABLE measurements (
            number INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            model TEXT NOT NULL,
            body BLOB NOT NULL
        );
INSERT INTO measurements (number, kind, model, body) VALUES (1, 'documents', 'small',
  CAST('{"kind":"documents","model":"small","planned_seconds":2.0,"seconds":8.5,"prompt_tokens":10,"prompt_seconds":0.5,"output_tokens":20,"output_seconds":1.5}' AS BLOB));
CREATE VIRTUAL TABLE task_text USING fts5 (
            title, goal, summary, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
        );
INSERT INTO task_text (rowid, title, goal, summary) VALUES (1, 'Task 1', 'Compare the tenders
and name the cheapest', '');
INSERT INTO task_text (rowid, title, goal, summary) VALUES (2, 'Task 2', 'Compare the tenders', '');
INSERT INTO task_text (rowid, title, goal, summary) VALUES (3, 'Task 3', 'Compare the tenders', '');
INSERT INTO task_text (rowid, title, goal, summary) VALUES (4, 'Task 4', 'Compare the tenders', '');
INSERT INTO task_text (rowid, title, goal, summary) VALUES (5, 'Task 5', 'Which offer has a warranty?', '- Only **Zürich** gives a warranty.
- It “ends” after 24 months; that''s all.');
CREATE TABLE task_counts (status TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO task_counts (status, count) VALUES ('cancelled', 1);
INSERT INTO task_counts (status, count) VALUES ('completed', 1);
INSERT INTO task_counts (status, count) VALUES ('failed', 1);
INSERT INTO task_counts (status, count) VALUES ('paused', 1);
INSERT INTO task_counts (status, count) VALUES ('queued', 1);
INSERT INTO task_counts (status, count) VALUES ('running', 0);
CREATE TABLE purged (task_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE seen_time (only INTEGER PRIMARY KEY CHECK (only = 1), seconds REAL NOT NULL, mark TEXT NOT NULL);
CREATE TABLE deliveries (
            number INTEGER PRIMARY KEY,
            delivery_id TEXT NOT NULL UNIQUE,
            task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
            lane TEXT NOT NULL,
            occasion TEXT NOT NULL,
            status TEXT NOT NULL,
            due REAL NOT NULL,
            attempts INTEGER NOT NULL,
            body BLOB NOT NULL
        );
CREATE TABLE webhook_secrets (
            task INTEGER PRIMARY KEY REFERENCES tasks ON DELETE CASCADE,
            secrets BLOB NOT NULL
        );
CREATE INDEX measurements_by_model ON measurements (kind, model, number);
CREATE INDEX journal_by_run ON journal (task, run);
CREATE INDEX tasks_in_order ON tasks (in_trash, task_id);
CREATE INDEX tasks_by_status ON tasks (in_trash, status, task_id);
CREATE INDEX tasks_by_kind ON tasks (in_trash, kind, task_id);
CREATE INDEX tasks_by_kind_and_status ON tasks (in_trash, kind, status, task_id);
CREATE INDEX tasks_by_expiry ON tasks (in_trash, pinned, status, expires_at);
CREATE INDEX trash_by_expiry ON tasks (trash_cause, expires_at);
CREATE INDEX trash_by_seen_time ON tasks (trash_seen);
CREATE TRIGGER count_new_task AFTER INSERT ON tasks BEGIN
            INSERT INTO task_counts VALUES (iif(new.in_trash, 'trash', new.status), 1)
                ON CONFLICT DO UPDATE SET count = count + 1;
        END;
CREATE TRIGGER count_moved_task AFTER UPDATE OF status, trash_cause ON tasks
            WHEN new.status <> old.status OR new.in_trash <> old.in_trash BEGIN
            UPDATE task_counts SET count = count - 1 WHERE status = iif(old.in_trash, 'trash', old.status);
            INSERT INTO task_counts VALUES (iif(new.in_trash, 'trash', new.status), 1)
                ON CONFLICT DO UPDATE SET count = count + 1;
        END;
CREATE TRIGGER count_deleted_task AFTER DELETE ON tasks BEGIN
            UPDATE task_counts SET count = count - 1 WHERE status = iif(old.in_trash, 'trash', old.status);
        END;
CREATE INDEX deliveries_by_task ON deliveries (task);
CREATE INDEX deliveries_by_lane ON deliveries (task, lane, status);
CREATE INDEX deliveries_by_status ON deliveries (status);
CREATE INDEX deliveries_by_due ON deliveries (status, due);
CREATE INDEX tasks_by_submission_key ON tasks (submission_key, task_id) WHERE submission_key IS NOT NULL;
COMMIT;
