-- Step 1. Times are Unix seconds. Nothing here is ever renumbered: ids are AUTOINCREMENT.
CREATE TABLE desk (
  name TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL
) STRICT;

-- Everything SEARCH returned, recorded before any FETCH: the left side of the conservation line.
CREATE TABLE seen (
  mailbox TEXT NOT NULL,
  validity TEXT NOT NULL,                            -- UIDVALIDITY
  uid TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  fate TEXT NOT NULL DEFAULT 'pending'
    CHECK (fate IN ('pending', 'kept', 'too-old', 'too-big', 'gone', 'unfetchable')),
  tries INTEGER NOT NULL DEFAULT 0,                  -- fetches, then filings, that failed
  size INTEGER,
  mail TEXT REFERENCES mails (sha256),               -- set when kept
  filing TEXT NOT NULL DEFAULT 'none'                -- what is still to be done on the server
    CHECK (filing IN ('none', 'to-processed', 'to-held', 'done', 'stuck')),
  PRIMARY KEY (mailbox, validity, uid)
) STRICT;
CREATE INDEX seen_fate ON seen (fate) WHERE fate = 'pending';
CREATE INDEX seen_filing ON seen (filing) WHERE filing IN ('to-processed', 'to-held');
CREATE INDEX seen_mail ON seen (mail);

-- Raw mails are files named by the hash; this is what we know of them.
CREATE TABLE mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sha256 TEXT NOT NULL UNIQUE,
  arrived_at INTEGER NOT NULL,                       -- INTERNALDATE, or Date for a Maildir
  kept_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  deaths INTEGER NOT NULL DEFAULT 0,                 -- readers that died on it
  message_id TEXT,                                   -- of its header; NULL until read
  sender TEXT,                                       -- lower case, for joining; NULL until read
  reading TEXT,                                      -- JSON of desk::reading::Reading
  state TEXT NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'decided', 'set-aside')),
  outcome TEXT,                                      -- desk::decide::Outcome, NULL until decided
  class TEXT,
  why TEXT,                                          -- for 'set-aside' and 'held'
  case_number INTEGER REFERENCES cases (number),
  ended_at INTEGER,
  CHECK ((state = 'decided') = (outcome IS NOT NULL)),
  CHECK ((state = 'set-aside') <= (why IS NOT NULL))
) STRICT;
CREATE INDEX mails_kept ON mails (arrived_at, id) WHERE state = 'kept';
CREATE INDEX mails_sender ON mails (sender) WHERE state = 'kept';
CREATE INDEX mails_message_id ON mails (message_id);
CREATE INDEX mails_ended ON mails (ended_at);
CREATE INDEX mails_case ON mails (case_number);

CREATE TABLE cases (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  company TEXT NOT NULL,
  contact_name TEXT NOT NULL,
  contact_address TEXT NOT NULL,                     -- lower case
  region TEXT,
  stage TEXT NOT NULL,
  stage_data TEXT NOT NULL,                          -- JSON of desk::case::Stage; must agree with `stage`
  muted INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1)),
  revision INTEGER NOT NULL DEFAULT 0,
  wishes TEXT NOT NULL,
  answers TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_contact ON cases (contact_address);

CREATE TABLE revisions (
  case_number INTEGER NOT NULL REFERENCES cases (number),
  n INTEGER NOT NULL,
  mail TEXT NOT NULL REFERENCES mails (sha256),
  data TEXT NOT NULL,                                -- JSON of desk::case::Revision
  at INTEGER NOT NULL,
  PRIMARY KEY (case_number, n)
) STRICT;

CREATE TABLE letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cause TEXT NOT NULL,                               -- 'mail/<sha256>', 'order/<…>', 'day/2022-08-12'
  kind TEXT NOT NULL,
  case_number INTEGER NOT NULL,                      -- 0: no case (UNIQUE knows no NULL)
  recipient TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,                   -- fixed here, the same on every try
  return_path TEXT,                                  -- NULL: <>
  subject TEXT NOT NULL,
  bytes BLOB NOT NULL,                               -- the finished mail
  state TEXT NOT NULL CHECK (state IN ('waiting', 'due', 'trying', 'sent', 'given-up', 'uncertain', 'superseded')),
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  repeats INTEGER NOT NULL DEFAULT 0,                -- sent again after an unheard answer: may be there twice
  why TEXT,                                          -- last answer of the relay
  made_at INTEGER NOT NULL,
  released_at INTEGER NOT NULL,                      -- made, or approved: five days of trying begin here
  ended_at INTEGER,
  UNIQUE (cause, kind, case_number, recipient)       -- one cause, one letter of a kind to a person
) STRICT;
CREATE INDEX letters_due ON letters (due_at, id) WHERE state IN ('due', 'trying', 'uncertain');
CREATE INDEX letters_recipient ON letters (recipient COLLATE NOCASE, made_at);
CREATE INDEX letters_state ON letters (state) WHERE state <> 'sent';

CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  case_number INTEGER NOT NULL,                      -- 0: the desk's own
  cause TEXT NOT NULL,
  line TEXT NOT NULL
) STRICT;
CREATE INDEX journal_case ON journal (case_number, id);

CREATE TABLE dead_addresses (
  address TEXT PRIMARY KEY NOT NULL,
  letter INTEGER REFERENCES letters (id),
  bounces INTEGER NOT NULL DEFAULT 1,
  since INTEGER NOT NULL
) STRICT;
