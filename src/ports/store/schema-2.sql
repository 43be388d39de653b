-- Step 2: locked files, the Sent folder, bounces and copies, known addresses.

-- Locked files and their passwords come in two mails: which mails these are. The passwords themselves stand in the
-- raw mails alone.
ALTER TABLE mails ADD COLUMN locked INTEGER NOT NULL DEFAULT 0;          -- has a file no password was found for
ALTER TABLE mails ADD COLUMN tells_password INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mails ADD COLUMN waits_until INTEGER NOT NULL DEFAULT 0;     -- not decided before, for the other mail
CREATE INDEX mails_locks ON mails (sender) WHERE locked = 1 OR tells_password = 1;
-- A password may still come for a file that step 1's program could not open; what it had not decided is read anew.
UPDATE mails SET locked = 1 WHERE EXISTS (
  SELECT 1 FROM json_each(mails.reading, '$.unreadable') WHERE value ->> '$.why' IN ('encrypted', 'encrypted-archive'));
UPDATE mails SET reading = NULL WHERE state = 'kept';

-- The Sent folder, by its own cursor; counted apart from the inbox.
CREATE TABLE sent_seen (
  mailbox TEXT NOT NULL,
  validity TEXT NOT NULL,                            -- UIDVALIDITY
  uid TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  old INTEGER NOT NULL CHECK (old IN (0, 1)),        -- it was there before the desk first looked
  fate TEXT NOT NULL DEFAULT 'pending'
    CHECK (fate IN ('pending', 'answer', 'ours', 'other', 'too-big', 'gone', 'unreadable')),
  tries INTEGER NOT NULL DEFAULT 0,                  -- fetches that failed
  mail TEXT REFERENCES sent_mails (sha256),          -- of an answer
  PRIMARY KEY (mailbox, validity, uid),
  CHECK ((fate = 'answer') = (mail IS NOT NULL))
) STRICT;

CREATE INDEX sent_seen_pending ON sent_seen (mailbox, validity) WHERE fate = 'pending';

-- People's own answers that concern the desk; raw like any mail.
CREATE TABLE sent_mails (
  sha256 TEXT PRIMARY KEY NOT NULL,
  message_id TEXT,
  sent_at INTEGER NOT NULL,
  kept_at INTEGER NOT NULL,
  case_number INTEGER REFERENCES cases (number)      -- NULL: the answered mail is not decided yet
) STRICT;
CREATE INDEX sent_mails_message_id ON sent_mails (message_id);
CREATE INDEX sent_mails_case ON sent_mails (case_number);

-- Which mails people have answered, and to whom: the desk leaves them alone.
CREATE TABLE sent_answers (
  message_id TEXT NOT NULL,                          -- of the answered mail
  recipient TEXT NOT NULL,                           -- lower case
  sent TEXT REFERENCES sent_mails (sha256),          -- NULL: not kept
  PRIMARY KEY (message_id, recipient)
) STRICT, WITHOUT ROWID;

-- Every notification that names a letter of ours; a hard one marks the address too.
CREATE TABLE bounces (
  mail TEXT PRIMARY KEY NOT NULL REFERENCES mails (sha256),
  letter INTEGER NOT NULL REFERENCES letters (id),
  hard INTEGER NOT NULL CHECK (hard IN (0, 1)),
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX bounces_letter ON bounces (letter);

ALTER TABLE cases ADD COLUMN muted_at INTEGER;       -- since when a person speaks with the company
UPDATE cases SET muted_at = changed_at WHERE muted = 1;
ALTER TABLE letters ADD COLUMN text TEXT;            -- as its reader sees it, to know it when it comes back
CREATE INDEX letters_case ON letters (case_number, made_at);
-- the tag of its plus-address: the last 20 characters before the @ of its Message-ID
CREATE INDEX letters_tag ON letters (substr(message_id, instr(message_id, '@') - 20, 20));
CREATE INDEX letters_sent ON letters (ended_at) WHERE state = 'sent';
ALTER TABLE mails ADD COLUMN print TEXT;             -- hash of what a person wrote, whatever servers added; NULL without Date
CREATE INDEX mails_print ON mails (print);
-- decided ones only: the kept ones of a sender have mails_sender
CREATE INDEX mails_from ON mails (sender, ended_at) WHERE state = 'decided';

-- Addresses that are known in a case; mails that a person has given to a case; cases a held mail may belong to.
CREATE TABLE contacts (
  case_number INTEGER NOT NULL REFERENCES cases (number),
  address TEXT NOT NULL,                             -- lower case
  domain TEXT NOT NULL,
  how TEXT NOT NULL CHECK (how IN ('contact', 'colleague', 'secretariat')),
  since INTEGER NOT NULL,
  PRIMARY KEY (case_number, address)
) STRICT;
CREATE INDEX contacts_address ON contacts (address);
CREATE INDEX contacts_domain ON contacts (domain);
INSERT INTO contacts (case_number, address, domain, how, since)
  SELECT number, contact_address, substr(contact_address, instr(contact_address, '@') + 1), 'contact', opened_at FROM cases;

CREATE TABLE admitted (
  mail TEXT PRIMARY KEY NOT NULL REFERENCES mails (sha256),
  case_number INTEGER NOT NULL REFERENCES cases (number),
  address TEXT NOT NULL                              -- where the answer goes; a forwarded mail's sender is not it
) STRICT;

ALTER TABLE mails ADD COLUMN proposed TEXT;          -- receipt numbers a held mail may belong to: '0001、0004'
ALTER TABLE cases ADD COLUMN company_key TEXT;       -- desk::text::company_key; NULL until written by this step's program
CREATE INDEX cases_company_key ON cases (company_key);
CREATE INDEX mails_held ON mails (id) WHERE outcome = 'held';
